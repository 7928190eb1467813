"""Sessions; `nox -l` lists them. Those of the environments come from the specification."""

import hashlib
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

from kkinfra import sessions

nox.options.sessions = ["tests", "lint", "typecheck"]
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"

PYPROJECT = Path("pyproject.toml")

sessions.register()


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests."""
    install(session, "tests")
    session.run("pytest", "--ignore=tests/judge", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, formatting, the direction of imports, and YAML."""
    install(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")
    session.run("lint-imports")
    session.run("yamllint", "--strict", ".")


@nox.session
def typecheck(session: nox.Session) -> None:
    """Check types, strictly, with mypy and pyright."""
    install(session, "typecheck")
    session.run("mypy", *session.posargs)
    session.run("pyright", "--pythonpath", str(Path(session.bin, "python")))


@nox.session
def judge(session: nox.Session) -> None:
    """Let other projects' tools judge what is rendered from the specification."""
    install(session, "judge")
    session.run("pytest", "tests/judge", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory, beside other tools."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


def install(session: nox.Session, group: str) -> None:
    """Install the project and a dependency group, unless this very thing was done before."""
    project = nox.project.load_toml(PYPROJECT)
    stamp = Path(session.virtualenv.location, "installed")
    wanted = hashlib.sha256(PYPROJECT.read_bytes() + f"{group} {sys.version} {Path.cwd()}".encode()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    packages = ("--editable", ".", *nox.project.dependency_groups(project, group))
    try:
        uv = (sys.executable, "-m", "uv", "pip", "install", "--python", str(Path(session.bin, "python")))
        session.run_install(*uv, "--quiet", "--compile-bytecode", *packages, external=True)
    except CommandFailed:
        session.log("uv did not manage it; trying pip, which may know another index")
        session.install("--quiet", *packages)
    stamp.write_text(wanted)
