"""Every example in the documentation is executed; those of a specification are in test_specs.py.

`python`: runs. `console`: each `$ ` line runs in a copy of the project, and must print what follows (`...` stands for
anything). `py`, `json` and `toml`: are read. `text`: a tree that begins with `build/ENV/` is what is rendered. What is
called of kkinfra and Nox, in a block or within a sentence, is there.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import repository as repositories
from blocks import ALL, PAGES, ROOT, blocks
from checkout import SPEC_FILE
from kkinfra.cli.main import main
from kkinfra.proving import installed as proofs
from kkinfra.rendering import installed as renderers
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.spec.installed_models import DELIVERY, PLATFORM

SPEC = SPEC_FILE.read_text()
LANGUAGES = {"console", "json", "py", "python", "sh", "text", "toml", "yaml"}
CALL = re.compile(r"^(?:\$ )?kkinfra (?!VERB)([a-z]+)([^\n|#;&>]*)")
SESSION = re.compile(r"(?:nox|bootstrap\.py) -s ([A-Za-z0-9-]+)")


@pytest.fixture
def project(tmp_path):
    repository = repositories.make(tmp_path, SPEC)
    shutil.copytree(ROOT / "spec", tmp_path / "spec", dirs_exist_ok=True)
    repository.write(".gitignore", "/build/\n/.cache/\n/broken.yaml\n")
    repository.commit()
    return tmp_path


def run(command, project):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **repositories.PLAIN, "PATH": path, "XDG_CACHE_HOME": str(project / ".cache")}
    return subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("example", [*blocks("python")])
def test_python_runs(example, project):
    done = run([sys.executable, "-c", example.text], project)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", [*blocks("console")])
def test_console_prints_what_it_shows(example, project):
    for step in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        done = run(["bash", "-c", command], project)
        pattern = re.escape(expected.rstrip("\n")).replace(re.escape("..."), r"(?s:.*)")
        assert re.fullmatch(pattern, (done.stdout + done.stderr).rstrip("\n")), (
            f"$ {command}\n{done.stdout}{done.stderr}"
        )


def test_every_block_is_looked_at():
    fences = sum(len(re.findall(r"^ *```", page.read_text(), re.MULTILINE)) for page in PAGES)
    assert fences == 2 * len(ALL)
    assert {block.language for block in ALL} <= LANGUAGES


@pytest.mark.parametrize("example", [*blocks("json")])
def test_json_is_read(example):
    json.loads(example.text)


@pytest.mark.parametrize("example", [*blocks("py")])
def test_a_piece_of_python_is_read(example):
    ast.parse(example.text)


@pytest.mark.parametrize("example", [*blocks("toml")])
def test_an_entry_point_leads_to_a_class_of_the_page(example):
    classes = {
        found
        for block in ALL
        if block.page == example.page
        for found in re.findall(r"^class (\w+)", block.text, re.MULTILINE)
    }
    for group, points in tomllib.loads(example.text)["project"]["entry-points"].items():
        assert group in (renderers.GROUP, proofs.GROUP, DELIVERY.group, PLATFORM.group)
        assert {point.partition(":")[2] for point in points.values()} <= classes


@pytest.mark.parametrize("example", [*blocks("sh")])
def test_a_script_is_a_script(example):
    done = subprocess.run(["bash", "-n"], input=example.text, text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


TREES = [block for block in ALL if block.language == "text" and block.text.startswith("build/")]


@pytest.mark.parametrize("tree", [pytest.param(tree, id=f"{tree.page}:{tree.line}") for tree in TREES])
def test_a_tree_is_what_is_rendered(tree):
    top, *entries = tree.text.splitlines()
    _, environment, below = top.split("/", 2)
    paths = render(open_spec(SPEC_FILE).environments[environment]).paths()
    for entry in entries:
        for name in re.split(r"  +", entry.lstrip("\u2502\u251c\u2514\u2500 "))[0].split(" "):
            there = f"{below}{name}"
            assert any(path == there or (there.endswith("/") and path.startswith(there)) for path in paths), there


def code():
    """Every line of a block that is a command, and every piece of code within a sentence, with its place."""
    for block in ALL:
        if block.language in ("console", "sh", "text"):
            yield from ((f"{block.page}:{block.line}", line) for line in block.text.splitlines())
    for page in PAGES:
        sentences = re.sub(r"^ *```.*?^ *```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        yield from ((page.name, found.replace("\n", " ")) for found in re.findall(r"`([^`]+)`", sentences))


@cache
def help_of(*words):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return out.getvalue()


def test_what_is_called_of_the_command_is_there():
    calls = [(place, call[1], call[2].split()) for place, line in code() if (call := CALL.match(line))]
    assert len(calls) > 50
    for place, verb, words in calls:
        told = help_of(verb) + help_of(verb, *words[:1])
        assert told.startswith(f"usage: kkinfra {verb}"), f"{place}: there is no verb {verb}"
        for flag in re.findall(r"(?<!\S)\[?(--?[a-z][a-z-]*)", " ".join(words)):
            assert re.search(rf"(?<![\w-]){flag}(?![\w-])", told), f"{place}: kkinfra {verb} has no {flag}"


def test_what_is_called_of_nox_is_there():
    listed = subprocess.run(
        [sys.executable, "-m", "nox", "-l"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    sessions = set(re.findall(r"^[*-] ([a-z0-9-]+)", listed.stdout, re.MULTILINE))
    for place, line in code():
        for session in SESSION.findall(line):
            assert re.sub("-(ENV|beta)$", "-alpha", session) in sessions | {"SESSION"}, f"{place}: {session} is none"


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
