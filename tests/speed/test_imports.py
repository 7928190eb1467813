"""What is imported decides how fast a short command is: seconds vary, lists of modules do not."""

import re
import subprocess
import sys

import pytest

from checkout import ROOT, SPEC_FILE

SPEC = SPEC_FILE
HEAVY = {"pydantic", "pydantic_core", "boto3", "botocore", "docker", "kubernetes"}
RENDERERS = ("kkinfra_compose", "kkinfra_github_actions", "kkinfra_kubernetes", "kkinfra_nginx")
OF_A_RENDER = HEAVY | {"yaml", *RENDERERS}

IMPORTED = re.compile(r"^import '?([\w.]+)'? #", re.MULTILINE)


def imported(*arguments, cwd=ROOT):
    """Every module that a fresh interpreter imports for a command."""
    done = subprocess.run([sys.executable, "-v", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return set(IMPORTED.findall(done.stderr))


def top_level(modules):
    return {module.partition(".")[0] for module in modules}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_render_is_noticed_here(tmp_path, cache):
    modules = imported("-m", "kkinfra", "render", "alpha", "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    assert {"pydantic", "yaml", "kkinfra_kubernetes"} <= top_level(modules)


@pytest.mark.parametrize("name", ["alpha", "production"])
def test_a_render_imports_nothing_that_reaches_a_host(tmp_path, cache, name):
    modules = imported("-m", "kkinfra", "render", name, "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    assert "kkinfra.cli.render" in modules
    assert [
        each
        for each in modules
        if each.startswith(("kkinfra.targets", "kkinfra.host", "kkinfra.targets.compose.deploy"))
    ] == []


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version(flag):
    modules = imported("-m", "kkinfra", flag)
    assert "kkinfra.cli.main" in modules
    assert not top_level(modules) & OF_A_RENDER


def test_listing_the_sessions():
    modules = imported("-m", "nox", "-l")
    assert {"nox", "kkinfra.sessions"} <= modules
    assert not top_level(modules) & HEAVY


def test_an_unchanged_render_reads_hashes_only(tmp_path, cache):
    command = ("-m", "kkinfra", "render", "alpha", "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    imported(*command)
    modules = imported(*command)
    assert "kkinfra.system.cache" in modules
    assert not top_level(modules) & OF_A_RENDER
    assert not modules & {"kkinfra.cli.render", "kkinfra.spec.loading", "importlib.metadata"}


def test_the_package_by_itself_imports_nothing_of_its_own():
    modules = imported("-c", "import kkinfra")
    assert {module for module in modules if module.startswith("kkinfra.")} == set()
    assert not top_level(modules) & OF_A_RENDER


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_renderer_imports_nothing_heavy_besides_the_model(renderer):
    modules = imported("-c", f"import kkinfra.spec.environment, {renderer}")
    assert renderer in modules
    assert not top_level(modules) & {"jinja2", "yaml", "boto3", "docker", "kubernetes", "requests"}
