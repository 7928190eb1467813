#!/usr/bin/env python3
"""Sets up a fresh machine and hands over to Nox: `python3 bootstrap.py -s tests`.

Makes `.venv` beside this file, with kkinfra (editable) and Nox in it, and runs `nox` with the
arguments given, or `nox -l` without any. Where nothing changed, nothing is installed. Needs Python
3.11 and nothing else, and leaves the system's Python alone. Where that came without ensurepip, it
takes the system's pip, or uv.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "bootstrap"
BASE = os.path.realpath(sys.executable)  # of a virtual environment, the interpreter beneath
SOURCES = ("kkinfra", "renderers")
TIMEOUT_SECONDS = 900


class BootstrapError(Exception):
    """The set-up cannot go on; the text says what to do."""


def main(arguments: "list[str]") -> int:
    """Set up what is missing, then become Nox; returns only where that fails."""
    if sys.version_info < OLDEST:
        return stop(
            f"this is Python {sys.version.split()[0]} ({sys.executable}); kkinfra needs Python "
            f"{OLDEST[0]}.{OLDEST[1]} or later: run this with a newer one, as in `python3.12 bootstrap.py`"
        )
    try:
        set_up()
        os.execv(PYTHON, [str(PYTHON), "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), *(arguments or ["-l"])])  # noqa: S606
    except KeyboardInterrupt:
        return stop("interrupted; the next call repairs what is half done", code=130)
    except BootstrapError as error:
        return stop(str(error))
    except OSError as error:
        return stop(f"{error}; if that is no help, remove {VENV} and try again")


def set_up() -> None:
    """Bring `.venv` to what the project asks for, unless it is there already."""
    machine, wanted = this_machine(), fingerprint()
    if read(STAMP) == [machine, wanted] and PYTHON.exists():
        return
    if not is_sound(machine):
        say(f"making {VENV} (some seconds)")
        make_environment()
    STAMP.write_text(f"{machine}\nunfinished\n")
    started = time.monotonic()
    install(installer(), requirements())
    compile_bytecode()
    STAMP.write_text(f"{machine}\n{wanted}\n")
    say(f"done in {time.monotonic() - started:.0f} s")


def this_machine() -> str:
    """What an environment cannot be carried across: interpreter, its version, this directory."""
    return f"{sys.version.split()[0]} {BASE} {ROOT}"


def fingerprint() -> str:
    """What is installed, as a digest of the files that say so."""
    digest = hashlib.sha256()
    for path in (ROOT / "pyproject.toml", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read(path: Path) -> "list[str]":
    """The lines of a file, or none."""
    try:
        return path.read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return []


def is_sound(machine: str) -> bool:
    """Whether `.venv` can be installed into: finished once on this very machine, or somebody's own that works."""
    stamp = read(STAMP)
    if stamp and (stamp[0] != machine or stamp[-1] == "unfinished"):
        return False
    if not (PYTHON.exists() and (VENV / "pyvenv.cfg").is_file()):
        return False
    asked = "import sys; print(*sys.version_info[:2], sys.prefix)"
    answer = subprocess.run([PYTHON, "-c", asked], capture_output=True, text=True, timeout=60, check=False)
    return answer.stdout.split() == [*map(str, sys.version_info[:2]), str(VENV)]


def make_environment() -> None:
    """An empty virtual environment, in place of whatever was there."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    STAMP.write_text("unfinished\n")
    run(
        [BASE, "-m", "venv", "--without-pip", VENV],
        "cannot make a virtual environment; install the package python3-venv",
    )


def installer() -> "list[str | Path]":
    """The start of a command that installs into `.venv`: by a pip in it, however it gets there, or by uv."""
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install"]
    if succeeds(PYTHON, "-m", "pip", "--version"):
        return pip
    if succeeds(PYTHON, "-c", "import ensurepip") and succeeds(PYTHON, "-m", "ensurepip"):
        return pip
    # The system's pip may be too old to build with, but not to fetch its successor.
    if succeeds(BASE, "-m", "pip", "--python", PYTHON, "install", "--upgrade", "pip"):
        return pip
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", PYTHON]
    raise BootstrapError(
        "this Python came without ensurepip and pip, and there is no uv; install one of them, as in "
        "`apt-get install python3-venv`, then try again"
    )


def requirements() -> "list[str]":
    """What is installed beside the project: the dependency group `bootstrap`."""
    import tomllib

    return list(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]["bootstrap"])


def install(command: "list[str | Path]", packages: "list[str]") -> None:
    """Install the project, editable and able to build images, and packages beside it."""
    by = "uv" if Path(str(command[0])).name == "uv" else "pip"
    say(f"installing kkinfra, {', '.join(packages)} with {by} (half a minute, or less)")
    project = ("--editable", f"{ROOT}[docker]")  # so that `nox -s build-alpha` works at once
    run([*command, "--quiet", *packages, *project], "the installation failed; see above, then try again")


def compile_bytecode() -> None:
    """Compile what every call imports, which also works where PYTHONDONTWRITEBYTECODE is set."""
    packages = next((VENV / "lib").glob("python*/site-packages"))
    succeeds(PYTHON, "-m", "compileall", "-q", packages, *(ROOT / name for name in SOURCES))


def run(command: "list[str | Path]", failure: str) -> None:
    """Run a command whose output is shown; raises BootstrapError with `failure` where it fails or hangs."""
    # A user's settings for other installations must not lead away from `.venv`.
    environment = {**os.environ, "PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONPATH", "PYTHONHOME"):
        environment.pop(name, None)
    try:
        code = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, timeout=TIMEOUT_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        raise BootstrapError(f"{command[0]} took longer than {TIMEOUT_SECONDS} s; try again") from None
    if code:
        raise BootstrapError(failure)


def succeeds(*command: "str | Path") -> bool:
    """Whether a command exits with 0; its output is not shown."""
    quiet = subprocess.DEVNULL
    try:
        return not subprocess.run(
            command, stdin=quiet, stdout=quiet, stderr=quiet, timeout=TIMEOUT_SECONDS, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return False


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(f"bootstrap: {text}", file=sys.stderr, flush=True)


def stop(text: str, code: int = 1) -> int:
    """The last words."""
    say(text)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
