"""The commands that are compared."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from benchmarks.measure import Command

ROOT = Path(__file__).parents[1]
CACHE = "cache"


def kkinfra(scratch: Path, *arguments: str, cold: Path | None = None) -> Command:
    """The command as it is installed, with a cache of its own; `cold` is removed before each run, and the cache too."""
    script = Path(sys.executable).with_name("kkinfra")
    argv = (str(script),) if script.exists() else (sys.executable, "-m", "kkinfra")
    removed = (cold, scratch / CACHE) if cold else ()
    return Command((*argv, *arguments), ROOT, {"XDG_CACHE_HOME": str(scratch / CACHE)}, removed)


def program(scratch: Path, module: str, *arguments: str) -> Command:
    """A module of `programs` as a process of its own."""
    return Command(
        (sys.executable, "-m", f"benchmarks.programs.{module}", *arguments),
        ROOT,
        {"XDG_CACHE_HOME": str(scratch / CACHE)},
    )


def kustomize(directory: Path) -> Command | str:
    """`kubectl kustomize`, or why there is none."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return "kubectl is not on PATH; Debian's package kubernetes-client has it (apt install kubernetes-client)"
    return Command((kubectl, "kustomize", str(directory)), ROOT)


def nox(scratch: Path, *arguments: str) -> Command | str:
    """Nox, or why there is none."""
    script = shutil.which("nox")
    if importlib.util.find_spec("nox"):
        argv: tuple[str, ...] = (sys.executable, "-m", "nox")
    elif script:
        argv = (script,)
    else:
        return "nox is neither importable nor on PATH; pip install 'kkinfra[nox]'"
    return Command((*argv, *arguments), ROOT, {"XDG_CACHE_HOME": str(scratch / CACHE)})
