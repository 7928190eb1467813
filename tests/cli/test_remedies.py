"""Remedies: what installs an extra here, and whether every command that a message names exists."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import shlex
import shutil
import sys
import sysconfig
import tomllib
from functools import cache

import pytest

from checkout import ROOT
from kkinfra.cli.parser import VERBS as COMMAND_VERBS
from kkinfra.cli.parser import command_parser
from kkinfra.console.output import emit_error, print_error
from kkinfra.errors import HostError
from kkinfra.sessions import VERBS
from kkinfra.system import extras

SOURCES = sorted(path for name in ("kkinfra", "renderers", "rehearsal") for path in (ROOT / name).rglob("*.py"))
INSTALLERS = {"kkinfra/system/extras.py", "renderers/kkinfra_github_actions/setup.py"}
"""What may write a call of pip: where remedies come from, and a workflow's own environment."""

PUT_IN = "word"
"""What stands for the values of an f-string."""

QUOTED = re.compile(r"`([^`\n]+)`")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]


@functools.cache
def texts(path):
    """Every text of a module with its line; what an f-string puts in is a word. Docstrings are none."""
    return list(found(path))


def found(path):
    tree = ast.parse(path.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(each) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for each in node.values}
    left_out = docstrings | parts
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(each.value) if isinstance(each, ast.Constant) else PUT_IN for each in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def named(*program):
    """Every command of a program that a message names, with its place."""
    for path in SOURCES:
        for line, text in texts(path):
            for command in QUOTED.findall(text):
                words = command.split()
                if tuple(words[: len(program)]) == program:
                    yield f"{path.relative_to(ROOT)}:{line}", words[len(program) :]


def shown(*program):
    """Every command of a program that a page of the documentation names in a sentence or a table, with its place."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            for command in QUOTED.findall(line):
                words = command.split()
                if tuple(words[: len(program)]) == program:
                    yield f"{path.name}:{number}", words[len(program) :]


@cache
def parser_of(verb):
    return command_parser(verb)[1]


@pytest.mark.parametrize("commands", [named, shown])
def test_every_command_of_kkinfra_that_is_named_exists(commands):
    told = [(place, words) for place, words in commands("kkinfra") if words]
    assert len(told) > 50
    for place, (verb, *words) in told:
        if verb in (PUT_IN, "VERB"):
            continue
        assert verb in COMMAND_VERBS, f"{place}: there is no kkinfra {verb}"
        own = words[: words.index("--")] if "--" in words else words  # what follows is a command of somebody else's
        flags = {word.partition("=")[0] for word in own if word.startswith("-")}
        assert flags <= parser_of(verb)._option_string_actions.keys(), f"{place}: kkinfra {verb} has no {flags}"


def test_every_session_that_is_named_exists():
    own = set(re.findall(r'@nox\.session(?:\(name="([\w-]+)"\))?\ndef (\w+)', (ROOT / "noxfile.py").read_text()))
    known = {name or function for name, function in own}
    told = [*named("nox", "-s"), *shown("nox", "-s")]
    assert len(told) > 5
    for place, (session, *_) in told:
        assert session in known or session.partition("-")[0] in VERBS, f"{place}: there is no session {session}"


def test_a_command_that_an_error_names_is_for_the_environment_that_was_asked(capsys):
    error = HostError("someone deploys; `kkinfra lock release ENV` ends it (ENV is a word), see `kkinfra history ENV`")
    print_error(error, "production")
    emit_error(error, "production")
    expected = (
        "someone deploys; `kkinfra lock release production` ends it (ENV is a word), see `kkinfra history production`"
    )
    printed = capsys.readouterr()
    assert printed.err == f"error: {expected}\n"
    assert expected in printed.out
    print_error(error)
    assert "`kkinfra history ENV`" in capsys.readouterr().err


def test_nothing_but_one_module_says_how_to_install():
    found = {path.relative_to(ROOT).as_posix() for path in SOURCES for _, text in texts(path) if "pip install" in text}
    assert found <= INSTALLERS
    asked = [(path, text) for path in SOURCES for _, text in texts(path) if re.search(r"install \S*kkinfra\[", text)]
    assert asked == [], "no index has kkinfra: extras.remedy names what the extra requires"


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_installed_by_what_it_requires(extra):
    def normal(requirement):
        name, *bounds = re.split(r"(?=[<>=])", requirement, maxsplit=1)
        return name, sorted(bounds[0].split(",")) if bounds else []

    assert [normal(each) for each in extras.requirements(extra)] == [normal(each) for each in EXTRAS[extra]]
    assert shlex.join(extras.requirements(extra)) in extras.remedy(extra)


def test_an_extra_that_the_installed_kkinfra_does_not_know_leads_to_its_source():
    remedy = extras.remedy("no-such-extra")
    assert remedy.startswith("kkinfra is not installed here, only its source is; `")
    assert remedy.endswith(f"--editable {shlex.quote(str(ROOT))}` installs it")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A Python without pip, uv or pipx, in an environment of its own; `add` gives it some of them."""
    modules, programs = {"ensurepip"}, set()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name if name in modules else None)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name in programs else None)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "home/kkinfra"))
    monkeypatch.setattr(sys, "executable", "/env/bin/python")
    monkeypatch.setattr("os.access", lambda *_: True)
    for name in ("UV_TOOL_DIR", "PIPX_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home/kkinfra").mkdir(parents=True)

    class Here:
        prefix = tmp_path / "home/kkinfra"
        add = staticmethod(lambda *names: modules.update(names))
        take = staticmethod(lambda *names: modules.difference_update(names))
        on_path = staticmethod(lambda *names: programs.update(names))

    return Here


def command():
    return extras.install_command("x>=1")


def test_pip_comes_first_and_then_uv_however_it_is_called(here):
    here.add("uv")
    assert command() == "`/env/bin/python -m uv pip install --python /env/bin/python 'x>=1'`"
    here.on_path("uv")
    assert command() == "`uv pip install --python /env/bin/python 'x>=1'`"
    here.add("pip")
    assert command() == "`/env/bin/python -m pip install 'x>=1'`"


def test_an_environment_of_somebody_else_is_changed_by_its_owner(here, monkeypatch):
    here.add("pip")
    monkeypatch.setattr("os.access", lambda *_: False)
    assert command() == "`sudo /env/bin/python -m pip install 'x>=1'`"


def test_without_any_installer_it_is_ensurepip_or_a_way_to_get_one(here):
    assert command() == "`/env/bin/python -m ensurepip && /env/bin/python -m pip install 'x>=1'`"
    here.take("ensurepip")
    assert command().endswith("`uv pip install --python /env/bin/python 'x>=1'`")
    assert "has no pip" in command()


def test_a_path_with_a_space_is_quoted(here, monkeypatch):
    here.add("pip")
    monkeypatch.setattr(sys, "executable", "/my env/bin/python")
    assert command() == "`'/my env/bin/python' -m pip install 'x>=1'`"


def test_a_managed_python_is_changed_only_by_a_flag_that_says_so(here, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "base_prefix", sys.prefix)
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    (tmp_path / "EXTERNALLY-MANAGED").touch()
    assert command().endswith("`uv pip install --python /env/bin/python --break-system-packages 'x>=1'`")
    here.add("pip")
    assert command() == "`/env/bin/python -m pip install --break-system-packages 'x>=1'`"


RECEIPT = """\
[tool]
python = "3.12"
requirements = [
  {{ name = "kkinfra", extras = ["docker", "nox"], {place} }},
  {{ name = "boto3", specifier = ">=1.40,<2" }},
]
"""


@pytest.mark.parametrize(
    "place", ['url = "https://example.org/kkinfra.whl"', 'path = "{wheel}"', 'directory = "{wheel}"']
)
def test_a_tool_of_uv_keeps_what_it_has(here, tmp_path, monkeypatch, place):
    (wheel := tmp_path / "my kkinfra.whl").touch()
    (here.prefix / "uv-receipt.toml").write_text(RECEIPT.format(place=place.format(wheel=wheel)))
    monkeypatch.setenv("UV_TOOL_DIR", str(here.prefix.parent))
    here.on_path("uv")
    at = "https://example.org/kkinfra.whl" if "url" in place else wheel.as_uri()
    assert command() == (
        f"`uv tool install --python 3.12 --with 'boto3>=1.40,<2' --with 'x>=1' 'kkinfra[docker,nox] @ {at}'`"
    )


@pytest.mark.parametrize(
    "receipt",
    [RECEIPT.format(place='git = "https://example.org/x"'), RECEIPT.format(place='path = "/gone"'), "[tool]\n", "{"],
)
def test_a_receipt_that_cannot_be_repeated_leaves_uv_pip(here, monkeypatch, receipt):
    (here.prefix / "uv-receipt.toml").write_text(receipt)
    monkeypatch.setenv("UV_TOOL_DIR", str(here.prefix.parent))
    here.on_path("uv")
    assert command() == "`uv pip install --python /env/bin/python 'x>=1'`"


def test_pipx_takes_it_in_where_it_would_find_the_environment_again(here, monkeypatch):
    venv = here.prefix.parent / "venvs/kkinfra-dev"
    venv.mkdir(parents=True)
    (venv / "pipx_metadata.json").touch()
    monkeypatch.setattr(sys, "prefix", str(venv))
    monkeypatch.setenv("PIPX_HOME", str(here.prefix.parent))
    here.add("pip")
    assert command().startswith("`/env/bin/python -m pip install")
    here.on_path("pipx")
    assert command() == "`pipx inject kkinfra-dev 'x>=1'`"
    monkeypatch.setenv("PIPX_HOME", "/elsewhere")
    assert command().startswith("`/env/bin/python -m pip install")
