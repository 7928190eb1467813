"""Every example in the documentation is executed.

`yaml`: a whole spec, or what is merged over the real one; it must resolve. `python`: runs. `console`:
each `$ ` line runs in a copy of the project, and must print what follows (`...` stands for anything).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import repository as repositories
from kkinfra.document import parse
from kkinfra.overlay import Layer, merge
from kkinfra.spec import resolve_document
from kkinfra.yaml_text import document

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SPEC = (ROOT / "spec/environments.yaml").read_text()


class Example(NamedTuple):
    language: str
    text: str


def examples(*languages):
    for page in PAGES:
        for match in re.finditer(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
            if match[1] in languages:
                line = page.read_text()[: match.start()].count("\n") + 1
                yield pytest.param(Example(match[1], match[2]), id=f"{page.name}:{line}")


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


@pytest.mark.parametrize("example", [*examples("yaml")])
def test_yaml_resolves(example):
    said = parse(example.text, "example.yaml").value
    whole = said if "project" in said else merge([Layer((), parse(SPEC, "spec.yaml").value), Layer((), said)])
    assert resolve_document(parse(document(whole), "example.yaml"), "example.yaml").environments


@pytest.mark.parametrize("example", [*examples("python")])
def test_python_runs(example, project):
    done = run([sys.executable, "-c", example.text], project)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", [*examples("console")])
def test_console_prints_what_it_shows(example, project):
    for step in re.split(r"^\$ ", example.text, flags=re.MULTILINE)[1:]:
        command, _, expected = step.partition("\n")
        done = run(["bash", "-c", command], project)
        pattern = re.escape(expected.rstrip("\n")).replace(re.escape("..."), r"(?s:.*)")
        assert re.fullmatch(pattern, (done.stdout + done.stderr).rstrip("\n")), (
            f"$ {command}\n{done.stdout}{done.stderr}"
        )


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"
