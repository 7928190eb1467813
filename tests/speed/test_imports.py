"""What is imported decides how fast a short command is: seconds vary, lists of modules do not."""

import subprocess
import sys

import pytest

from checkout import ROOT, SPEC_FILE

SPEC = SPEC_FILE
HEAVY = {"pydantic", "pydantic_core", "boto3", "botocore", "docker", "kubernetes"}
RENDERERS = ("kkinfra_compose", "kkinfra_github_actions", "kkinfra_kubernetes", "kkinfra_nginx")
OF_A_RENDER = HEAVY | {"yaml", *RENDERERS}

TELL = "import atexit, sys; atexit.register(lambda: print('IMPORTED', *sys.modules, file=sys.stderr))\n"
AS_MODULE = "import runpy; runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"


def imported(*arguments, code=AS_MODULE):
    """Every module that a fresh interpreter imports for a command: a module's name, and its arguments."""
    done = subprocess.run(
        [sys.executable, "-c", TELL + code, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stderr.rpartition("IMPORTED ")[2].split())


def top_level(modules):
    return {module.partition(".")[0] for module in modules}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_render_is_noticed_here(tmp_path, cache):
    modules = imported("kkinfra", "render", "alpha", "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    assert {"pydantic", "yaml", "kkinfra_kubernetes"} <= top_level(modules)


@pytest.mark.parametrize("name", ["alpha", "production"])
def test_a_render_imports_nothing_that_reaches_a_host(tmp_path, cache, name):
    modules = imported("kkinfra", "render", name, "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    assert "kkinfra.cli.render" in modules
    reached = {each for each in modules if each.startswith(("kkinfra.targets.", "kkinfra.host"))}
    models = {each for each in reached if each.endswith(".target")}  # which say what a spec may have
    folders = {each.rpartition(".")[0] for each in models}
    assert reached - models - folders == {"kkinfra.targets.protocol", "kkinfra.targets.protocol.options"}
    assert not {"subprocess", "ssl", "http.client"} & modules


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version(flag):
    modules = imported("kkinfra", flag)
    assert "kkinfra.cli.main" in modules
    assert not top_level(modules) & OF_A_RENDER


def test_listing_the_sessions():
    modules = imported("nox", "-l")
    assert {"nox", "kkinfra.sessions"} <= modules
    assert not top_level(modules) & HEAVY


def test_an_unchanged_render_reads_hashes_only(tmp_path, cache):
    command = ("kkinfra", "render", "alpha", "--spec", str(SPEC), "--out", str(tmp_path / "out"))
    imported(*command)
    modules = imported(*command)
    assert "kkinfra.system.cache" in modules
    assert not top_level(modules) & OF_A_RENDER
    assert not modules & {"kkinfra.cli.render", "kkinfra.spec.loading", "importlib.metadata"}


def test_the_package_by_itself_imports_nothing_of_its_own():
    modules = imported(code="import kkinfra")
    assert {module for module in modules if module.startswith("kkinfra.")} == set()
    assert not top_level(modules) & OF_A_RENDER


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_renderer_imports_nothing_heavy_besides_the_model(renderer):
    modules = imported(code=f"import kkinfra.spec.environment, {renderer}")
    assert renderer in modules
    assert not top_level(modules) & {"jinja2", "yaml", "boto3", "docker", "kubernetes", "requests"}
