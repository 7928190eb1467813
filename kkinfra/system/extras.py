"""Commands that install what kkinfra lacks, each for the very environment that runs."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_UV_PAGE = "https://docs.astral.sh/uv/getting-started/installation/"


def remedy(extra: str) -> str:
    """Name the command that installs an extra of kkinfra here, as `COMMAND installs it`."""
    required = requirements(extra)
    if not required:
        return f"kkinfra is not installed here, only its source is; {source_remedy()}"
    return f"{install_command(*required)} installs it"


def source_remedy() -> str:
    """Name the command that installs kkinfra from the source that runs."""
    return f"{install_command('--editable', str(Path(__file__).parents[2]))} installs it"


def program_command(package: str) -> str:
    """Name, in backticks, the command that installs a package's program for the user, apart from this environment."""
    for program, words in (("uv", "uv tool install"), ("pipx", "pipx install")):
        if shutil.which(program):
            return f"`{words} {package}`"
    return install_command(package)


def programs() -> str:
    """Return the directory that programs of installed packages are put into."""
    return sysconfig.get_path("scripts")


def requirements(extra: str) -> tuple[str, ...]:
    """Return what the metadata of the installed kkinfra requires for an extra; empty where it has no such extra."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        required = requires("kkinfra") or []
    except PackageNotFoundError:
        return ()
    parts = (each.partition(";") for each in required)
    return tuple(
        name.strip() for name, _, marker in parts if marker.strip() in (f"extra == '{extra}'", f'extra == "{extra}"')
    )


def install_command(*required: str) -> str:
    """Name, in backticks, the command that installs requirements (PEP 508) into the environment that runs."""
    argv = _by_uv_tool(required) or _by_pipx(required) or _by_pip(required) or _by_uv(required)
    if argv:
        return f"`{shlex.join(argv)}`"
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("ensurepip") and not _in_system():
        return f"`{python} -m ensurepip && {python} -m pip install {shlex.join(required)}`"
    by_uv = shlex.join(("uv", "pip", "install", "--python", sys.executable, *_in_system(), *required))
    return f"this Python has no pip: with uv ({_UV_PAGE}), `{by_uv}`"


def _by_pip(required: Sequence[str]) -> tuple[str, ...]:
    if not importlib.util.find_spec("pip"):
        return ()
    return (*_as_owner(), sys.executable, "-m", "pip", "install", *_in_system(), *required)


def _by_uv(required: Sequence[str]) -> tuple[str, ...]:
    uv = _uv()
    return (*uv, "pip", "install", "--python", sys.executable, *_in_system(), *required) if uv else ()


def _by_pipx(required: Sequence[str]) -> tuple[str, ...]:
    """For an environment that pipx made and would find again (https://pipx.pypa.io/stable/reference/paths/)."""
    prefix = Path(sys.prefix)
    home = prefix.parent.parent
    given = os.environ.get("PIPX_HOME")
    homes = [Path(given)] if given else [Path.home() / ".local/share/pipx", Path.home() / ".local/pipx"]
    is_its_own = (prefix / "pipx_metadata.json").is_file() and any(_are_same(home, each) for each in homes)
    return ("pipx", "inject", prefix.name, *required) if is_its_own and shutil.which("pipx") else ()


def _by_uv_tool(required: Sequence[str]) -> tuple[str, ...]:
    """For an environment of `uv tool`, which keeps what is installed this way through an upgrade.

    Empty where its receipt names what cannot be written as a requirement.
    """
    import tomllib

    prefix = Path(sys.prefix)
    try:
        tool: dict[str, Any] = tomllib.loads((prefix / "uv-receipt.toml").read_text("utf-8"))["tool"]
        own, *others = [_requirement(each) for each in tool["requirements"]]
    except (OSError, ValueError, KeyError):
        return ()
    if not _are_same(prefix.parent, _uv_tools()) or not shutil.which("uv"):
        return ()
    chosen = ("--python", str(tool["python"])) if "python" in tool else ()
    beside = (word for each in (*others, *required) for word in ("--with", each))
    return ("uv", "tool", "install", *chosen, *beside, own)


def _uv_tools() -> Path:
    """Return where `uv tool` keeps its environments (https://docs.astral.sh/uv/reference/storage/#tools)."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share"
    return Path(os.environ.get("UV_TOOL_DIR") or Path(data, "uv/tools"))


def _requirement(written: dict[str, Any]) -> str:
    """Return an entry of a receipt as PEP 508 writes it; raises ValueError for one that has more to it."""
    known = {"name", "extras", "specifier", "path", "directory", "url"}
    if not written.keys() <= known:
        raise ValueError(f"{written} has more than {known}")
    extras = f"[{','.join(written['extras'])}]" if written.get("extras") else ""
    place = written.get("path") or written.get("directory")
    if place and not Path(place).exists():
        raise ValueError(f"{place} is gone")
    at = Path(place).as_uri() if place else written.get("url", "")
    return f"{written['name']}{extras}" + (f" @ {at}" if at else written.get("specifier", ""))


def _uv() -> tuple[str, ...]:
    """Return how uv is called: as a program, or as a module of this Python."""
    if shutil.which("uv"):
        return ("uv",)
    return (sys.executable, "-m", "uv") if importlib.util.find_spec("uv") else ()


def _in_system() -> tuple[str, ...]:
    """Return the flag without which nothing is installed into a system's own Python (PEP 668)."""
    is_system = sys.prefix == sys.base_prefix and Path(sysconfig.get_path("stdlib"), "EXTERNALLY-MANAGED").exists()
    return ("--break-system-packages",) if is_system else ()


def _as_owner() -> tuple[str, ...]:
    """Return `sudo`, where the environment is somebody else's; outside of one, pip installs for the user alone."""
    is_ours = sys.prefix == sys.base_prefix or os.access(sysconfig.get_path("purelib"), os.W_OK)
    return () if is_ours else ("sudo",)


def _are_same(one: Path, other: Path) -> bool:
    return one.resolve() == other.resolve()
