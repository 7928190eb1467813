"""`kkinfra.sessions`, as a repository's noxfile uses it."""

import os
import subprocess
import sys

import pytest

from kkinfra.errors import SpecError
from kkinfra.sessions import environment_names

NOXFILE = "from kkinfra import sessions\n\nsessions.register()\n"
SPEC = """\
project: shop
environments:
  alpha: {}
  production: {}
  staging: {}
"""


@pytest.fixture
def repository(tmp_path):
    (tmp_path / "noxfile.py").write_text(NOXFILE)
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec" / "environments.yaml").write_text(SPEC)
    return tmp_path


def nox(repository, *arguments, **variables):
    environment = (
        {key: value for key, value in os.environ.items() if key != "KKINFRA_SPEC"} | {"NO_COLOR": "1"} | variables
    )
    command = [sys.executable, "-m", "nox", *arguments]
    return subprocess.run(
        command, cwd=repository, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_environment_has_a_described_session_for_every_verb(repository):
    listed = nox(repository, "-l").stdout
    for name in ("alpha", "production", "staging"):
        assert f"- render-{name} -> Write what runs {name}, to build/{name}/." in listed
        assert f"- validate-{name} -> Check the specification of {name}." in listed
        assert f"- build-{name} -> Build the image of {name}; `-- --push` pushes it." in listed


def test_a_session_passes_flags_on_and_fails_as_the_command_does(repository):
    done = nox(repository, "-s", "validate-alpha", "--", "-o", "sarif")
    assert done.returncode == 1
    assert '"version": "2.1.0"' in done.stdout
    assert f"{sys.executable} -m kkinfra validate alpha -o sarif" in done.stderr


def test_the_spec_may_be_named_by_the_noxfile_or_the_environment(repository):
    (repository / "spec" / "environments.yaml").rename(repository / "other.yaml")
    assert "- render-staging" in nox(repository, "-l", KKINFRA_SPEC="other.yaml").stdout
    (repository / "noxfile.py").write_text(
        NOXFILE.replace("()", '(spec="other.yaml", verbs=["render"])'),
    )
    listed = nox(repository, "-l").stdout
    assert "- render-staging" in listed
    assert "validate-" not in listed
    assert "kkinfra render alpha --spec other.yaml" in nox(repository, "-s", "render-alpha").stderr


@pytest.mark.parametrize("text", ["a: [", "", "environments: []", "environments: {a b: {}, '; rm': {}}", "\0"])
def test_a_broken_spec_leaves_the_other_sessions_alone(repository, text):
    (repository / "spec" / "environments.yaml").write_text(text)
    (repository / "noxfile.py").write_text(
        f"import nox\n\n{NOXFILE}\n\n@nox.session(python=False)\ndef tests(session):\n    session.log('well')\n",
    )
    assert "tests" in nox(repository, "-l").stdout
    done = nox(repository, "-s", "tests")
    assert done.returncode == 0
    assert "well" in done.stderr


def test_a_spec_that_cannot_be_read_is_named_on_stderr(repository):
    (repository / "spec" / "environments.yaml").write_text("a: [\n")
    done = nox(repository, "-l")
    assert "spec/environments.yaml:1:4: is not YAML" in done.stderr
    assert "no sessions for environments" in done.stderr
    (repository / "spec" / "environments.yaml").unlink()
    assert "spec/environments.yaml: does not exist" in nox(repository, "-l").stderr


def test_names_come_in_the_order_of_the_file(tmp_path):
    (tmp_path / "spec.yaml").write_text("environments: {b: {}, a: {}}")
    assert environment_names(tmp_path / "spec.yaml") == ("b", "a")
    with pytest.raises(SpecError):
        environment_names(tmp_path / "none.yaml")


@pytest.mark.parametrize("arguments", [["-l"], ["-s", "nothing"]])
def test_listing_imports_nothing_heavy(repository, arguments):
    code = (
        f"import runpy, sys\nsys.argv = ['nox', *{arguments!r}]\n"
        "try:\n    runpy.run_module('nox', run_name='__main__')\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"kkinfra", "nox"} <= loaded
    assert loaded & {"pydantic", "pydantic_core", "boto3", "docker", "kubernetes"} == set()
