"""Sessions; `nox -l` lists them. Those of the environments come from the specification."""

import hashlib
import sys
from pathlib import Path

import nox
from nox.command import CommandFailed

from kkinfra import sessions

nox.options.sessions = ["tests", "host", "docs", "app-tests", "lint", "typecheck"]
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "virtualenv"

PYPROJECT = Path("pyproject.toml")
APP = Path("app")
DEPLOY, UNDER_LOAD = "tests/e2e/deploy", "tests/e2e/deploy/test_d_under_load.py"
SHOWN = (
    "tests/docs",
    "tests/views/diagrams",
    "tests/cli/test_report.py",
    "tests/cli/test_diagram.py",
    "tests/cli/test_explain.py",
    "tests/cli/test_explain_rendered_files.py",
)
"""Tests of what people are shown."""

ON_A_HOST = (
    "tests/host",
    "tests/images/test_build.py",
    "tests/images/test_engine.py",
    "tests/images/test_failures.py",
    "tests/images/test_platforms.py",
    "tests/images/test_pushing.py",
    "tests/images/test_terminal.py",
    "tests/system/test_conversing.py",
    "tests/targets/compose/client",
    "tests/targets/compose/test_deploy.py",
    "tests/targets/compose/test_deploy_called.py",
    "tests/targets/compose/test_history.py",
    "tests/targets/compose/test_lock.py",
    "tests/targets/compose/test_logs.py",
    "tests/targets/compose/test_provision.py",
    "tests/targets/compose/test_rollback.py",
    "tests/targets/compose/test_run.py",
    "tests/targets/compose/test_status.py",
)
"""Tests of what happens between an image's source and the host that runs it."""

IN_A_CLUSTER = ("tests/targets/kubernetes/test_*.py", "tests/targets/gitops", "tests/cluster_double")
AT_AWS = ("tests/targets/cloudformation/test_*.py",)
BY_ITSELF = ("bad_input", "bare", "e2e", "judge", "packaging", "subsets")
"""Folders of tests that have a session of that name, or nearly so."""

ELSEWHERE = (*SHOWN, *ON_A_HOST, *IN_A_CLUSTER, *AT_AWS, *(f"tests/{each}" for each in BY_ITSELF))
"""Tests that are slow, or need more than Python; sessions of their own run them, and `tests` all others."""

PARALLEL = ("--numprocesses=auto", "--dist=loadfile")
WAITING = ("--numprocesses=4", "--dist=loadfile")
"""For tests that wait most of the time, however few processors there are."""

sessions.register()


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests of kkinfra and its renderers."""
    install(session, "tests")
    session.run("pytest", *PARALLEL, *(f"--ignore-glob={Path.cwd()}/{each}" for each in ELSEWHERE), *session.posargs)


@nox.session
def host(session: nox.Session) -> None:
    """Build and push images, and deploy to hosts, with doubles of engine, registry and machine, and real processes."""
    install(session, "tests")
    session.run("pytest", *WAITING, *ON_A_HOST, *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Run every example of the documentation, read every picture and the report, and ask where lines come from."""
    install(session, "tests")
    session.run("pytest", *PARALLEL, *SHOWN, *session.posargs)


@nox.session
def cluster(session: nox.Session) -> None:
    """Deploy to a double of a cluster and through Git; with KKINFRA_CLUSTER=yes to the one that KUBECONFIG names."""
    install(session, "tests")
    session.run("pytest", *WAITING, *files(IN_A_CLUSTER), *session.posargs)


@nox.session
def aws(session: nox.Session) -> None:
    """Provision a stack at a double of AWS, and at moto; AWS itself is never asked."""
    install(session, "aws")
    session.run("pytest", *PARALLEL, *files(AT_AWS), *session.posargs)


@nox.session
def packages(session: nox.Session) -> None:
    """Build wheel and sdist, and install and use them as other repositories do."""
    install(session, "tests")
    session.run("pytest", *PARALLEL, "tests/packaging", *session.posargs)


@nox.session(name="bad-input")
def bad_input(session: nox.Session) -> None:
    """Run the command where it can hardly run: Ctrl-C at any moment, full disks and streams, no home, no network."""
    install(session, "tests")
    session.run("pytest", *PARALLEL, "tests/bad_input", *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """Take README's first steps on three machines that have nothing but Debian's Python; needs root and mmdebstrap."""
    install(session, "tests")
    session.run("pytest", "-rP", "tests/bare", *session.posargs)


@nox.session(name="app-tests")
def app_tests(session: nox.Session) -> None:
    """Run the product's tests, on SQLite and without a server."""
    install_app(session, "tests")
    session.chdir(APP)
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def app(session: nox.Session) -> None:
    """Show the product on this machine: no server, no set-up, http://127.0.0.1:8000."""
    install_app(session)
    session.run("python", str(APP / "demo.py"), *session.posargs)


@nox.session
def rehearse(session: nox.Session) -> None:
    """Bring the whole production up on this machine's Docker engine; `-- --down` removes it."""
    install(session, "rehearsal")
    session.run("python", "-m", "rehearsal", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Bring the whole production up, test it as its visitors and its kernel see it, deploy it, and remove it."""
    install_app(session, "tests")
    install(session, "e2e")
    if session.posargs:
        session.run("pytest", *session.posargs)
        return
    session.run("pytest", "tests/e2e", f"--ignore={DEPLOY}")
    # Two machines of one processor each; what counts requests has this machine for itself.
    session.run("pytest", DEPLOY, "--numprocesses=2", "--dist=loadfile", f"--ignore={UNDER_LOAD}")
    session.run("pytest", UNDER_LOAD)


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
    install_app(session, "types")
    session.chdir(APP)
    session.run("mypy")


@nox.session
def judge(session: nox.Session) -> None:
    """Let other projects' tools judge what is rendered from the specification."""
    install(session, "judge")
    session.run("pytest", *PARALLEL, "tests/judge", *session.posargs)


@nox.session
def subsets(session: nox.Session) -> None:
    """Render subsets of the parts for each platform and delivery; other projects' tools judge them."""
    install(session, "subsets")
    session.run("pytest", "--numprocesses=auto", "--dist=worksteal", "tests/subsets", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure speed and memory, beside other tools."""
    install(session, "bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


def files(patterns: tuple[str, ...]) -> list[str]:
    """What some patterns stand for, sorted."""
    return sorted(str(path) for each in patterns for path in Path().glob(each))


def install(session: nox.Session, group: str) -> None:
    """Install the project and a dependency group."""
    packages = nox.project.dependency_groups(nox.project.load_toml(PYPROJECT), group)
    install_once(session, "project", (PYPROJECT,), "--editable", ".", *packages)


def install_app(session: nox.Session, *groups: str) -> None:
    """Install what the product's image has, by hash, and dependency groups of the product."""
    locked, pyproject = APP / "requirements.txt", APP / "pyproject.toml"
    install_once(session, "locked", (locked,), "--require-hashes", "--requirement", str(locked))
    if groups:
        packages = nox.project.dependency_groups(nox.project.load_toml(pyproject), *groups)
        install_once(session, "groups", (locked, pyproject), *packages)


def install_once(session: nox.Session, what: str, sources: tuple[Path, ...], *arguments: str) -> None:
    """Install packages, unless these very ones were installed from these very files before."""
    stamp = Path(session.virtualenv.location, f"installed-{what}")
    told = f"{arguments} {sys.version} {Path.cwd()}".encode()
    wanted = hashlib.sha256(b"".join(source.read_bytes() for source in sources) + told).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    try:
        uv = (sys.executable, "-m", "uv", "pip", "install", "--python", str(Path(session.bin, "python")))
        session.run_install(*uv, "--quiet", "--compile-bytecode", *arguments, external=True)
    except CommandFailed:
        session.log("uv did not manage it; trying pip, which may know another index")
        session.install("--quiet", *arguments)
    stamp.write_text(wanted)
