"""The distributions, built once, and a fresh virtual environment that has them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from checkout import ROOT, SPEC_FILE

NOMAD = Path(__file__).with_name("nomad")
THIRD_PARTY = Path(__file__).with_name("thirdparty")


def run(*command, cwd=ROOT):
    """The output of a command, which must succeed; it sees neither this environment nor a specification's variable."""
    hidden = ("VIRTUAL_ENV", "PYTHONPATH", "KKINFRA_SPEC")
    variables = {key: value for key, value in os.environ.items() if key not in hidden}
    argv = [str(step) for step in command]
    done = subprocess.run(argv, cwd=cwd, env=variables, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, f"{argv}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(source, out):
    """Wheel and source distribution of a project; the wheel comes out of the source distribution."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, source)
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    """kkinfra's own wheel and source distribution."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def third_party_wheel(tmp_path_factory):
    """The wheel of a renderer and a proof that are not kkinfra's."""
    return build(THIRD_PARTY, tmp_path_factory.mktemp("motd"))[0]


@pytest.fixture(scope="session")
def installed(distributions, third_party_wheel, tmp_path_factory):
    """The programs' directory of a fresh environment with kkinfra's wheel, Nox and the third party's wheel."""
    home = tmp_path_factory.mktemp("environment") / "venv"
    uv = (sys.executable, "-m", "uv")
    run(*uv, "venv", "--quiet", home)
    run(
        *uv,
        "pip",
        "install",
        "--quiet",
        "--python",
        home / "bin" / "python",
        f"kkinfra[nox] @ {distributions[0].as_uri()}",
        third_party_wheel,
    )
    return home / "bin"


@pytest.fixture(scope="session")
def with_nomad(distributions, tmp_path_factory):
    """The programs' directory of a fresh environment with kkinfra's wheel and the one for Nomad."""
    wheel = build(NOMAD, tmp_path_factory.mktemp("nomad"))[0]
    home = tmp_path_factory.mktemp("with-nomad") / "venv"
    uv = (sys.executable, "-m", "uv")
    run(*uv, "venv", "--quiet", home)
    run(*uv, "pip", "install", "--quiet", "--python", home / "bin" / "python", distributions[0], wheel)
    return home / "bin"


@pytest.fixture
def project(tmp_path):
    """A repository of somebody else's, with a specification of its own and a noxfile of three lines."""
    (tmp_path / "spec").mkdir()
    spec = SPEC_FILE.read_text()
    (tmp_path / "spec" / "environments.yaml").write_text(spec.replace("project: kkambbaki", "project: shop"))
    (tmp_path / "noxfile.py").write_text("from kkinfra import sessions\n\nsessions.register()\n")
    return tmp_path


@pytest.fixture(scope="session")
def call():
    """Runs a command that must succeed."""
    return run
