"""A machine in a folder: a Debian with its Python and nothing else, which reaches a package index as this one does."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from checkout import ROOT
from programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = ("python3", "python3-venv")
SECONDS = 2400
_RUNNING: set[subprocess.Popen[bytes]] = set()
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_REACHES_AN_INDEX = re.compile(r"(PIP|UV|SSL)_\w+|\w*(CERT|CA_BUNDLE|PROXY)\w*", re.IGNORECASE)
_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/uv/uv.toml", "/etc/ssl/certs/ca-certificates.crt")
_MMDEBSTRAP = (
    "mmdebstrap", "--quiet", "--variant=apt", "--components=main",
    # a mirror of sid may be some days behind
    '--aptopt=Acquire::Check-Valid-Until "false"',
)  # fmt: skip


@dataclass(frozen=True)
class BareMachine:
    """`root` holds its files; `user` runs its commands in `home`, and knows `variables` beside PATH and HOME."""

    root: Path
    user: str = "root"
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        return "/root" if self.user == "root" else f"/home/{self.user}"

    def run(self, command: str, directory: str = "", seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
        """Run a command line, and return its exit code and all that it printed; raises TimeoutExpired."""
        known = {**_reaching(), "PATH": _PATH, "HOME": self.home, **self.variables}
        script = "\n".join((
            "set -e", *self._mounts(),
            shlex.join((
                "exec", "chroot", f"--userspec={self.user}", str(self.root), "env", "-i",
                *(f"{name}={value}" for name, value in known.items()),
                "sh", "-c", f"cd {shlex.quote(directory or self.home)} && {command}",
            )),
        ))  # fmt: skip
        return _in_namespaces(("sh", "-c", script), seconds)

    def _mounts(self) -> Iterator[str]:
        """Commands that mount what the kernel gives, and what leads to an index; they end with their namespace."""
        yield shlex.join(("mount", "-t", "proc", "proc", f"{self.root}/proc"))
        yield shlex.join(("mount", "--rbind", "/dev", f"{self.root}/dev"))
        places = {*_FILES, *(value for value in _reaching().values() if value.startswith("/"))}
        for place in sorted(map(Path, places)):
            if place.exists():
                there = Path(f"{self.root}{place}")
                made = ("mkdir", "-p", str(there)) if place.is_dir() else ("install", "-D", "/dev/null", str(there))
                yield f"test -e {shlex.quote(str(there))} || {shlex.join(made)}"
                yield shlex.join(("mount", "--bind", "--read-only", str(place.resolve()), str(there)))


@contextmanager
def bare_machine(suite: str, folder: str, user: str = "root", **variables: str) -> Iterator[BareMachine]:
    """Make a machine with a copy of this repository in a folder below its home, and remove it afterwards."""
    need("mmdebstrap")
    place = Path(tempfile.mkdtemp(prefix=f"kkinfra-bare-{suite}-"))
    try:
        made = BareMachine(place / "root", user, variables)
        command = (*_MMDEBSTRAP, f"--include={','.join(PACKAGES)}", suite, str(made.root))
        done = _in_namespaces(command)
        assert done.returncode == 0, done.stdout[-4000:]
        if user != "root":
            _add_user(made)
        _copy_repository(made, folder)
        yield made
    finally:
        subprocess.run([*_as_root(), "rm", "-rf", "--one-file-system", str(place)], check=True, timeout=SECONDS)


def _add_user(machine: BareMachine) -> None:
    """Add the user by hand: a bare Debian need not have `useradd`."""
    name, etc = machine.user, f"{machine.root}/etc"
    script = f"echo {name}:x:1000:1000::{machine.home}:/bin/sh >> {etc}/passwd; echo {name}:x:1000: >> {etc}/group"
    subprocess.run([*_as_root(), "sh", "-c", script], check=True, timeout=SECONDS)


def _copy_repository(machine: BareMachine, folder: str) -> None:
    """Copy what is committed or will be, without `.git`, which nothing on that machine could read."""
    listed = (need("git"), "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listed, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=SECONDS).stdout
    with tempfile.TemporaryDirectory() as scratch:
        for name in filter(None, names.split("\0")):
            if Path(ROOT, name).exists():
                Path(scratch, folder, name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, Path(scratch, folder, name))
        there = f"{machine.root}{machine.home}"
        subprocess.run([*_as_root(), "cp", "-r", "-T", scratch, there], check=True, timeout=SECONDS)
    owner = "0:0" if machine.user == "root" else "1000:1000"
    subprocess.run([*_as_root(), "chown", "-R", owner, there], check=True, timeout=SECONDS)


def _in_namespaces(command: tuple[str, ...], seconds: float = SECONDS) -> subprocess.CompletedProcess[str]:
    """Run a command whose mounts and processes end with it, and whose signals reach nobody else's."""
    argv = [*_as_root(), "unshare", "--mount", "--pid", "--fork", "--kill-child", "setsid", *command]
    quiet, heard = subprocess.DEVNULL, subprocess.PIPE
    with subprocess.Popen(argv, stdin=quiet, stdout=heard, stderr=subprocess.STDOUT, start_new_session=True) as process:
        _RUNNING.add(process)
        try:
            said = process.communicate(timeout=seconds)[0].decode(errors="replace")
        finally:
            process.kill()
            _RUNNING.discard(process)
    return subprocess.CompletedProcess(argv, process.returncode, said)


def end_all() -> None:
    """End what still runs on any bare machine, as after Ctrl-C."""
    for process in tuple(_RUNNING):
        process.kill()


def _as_root() -> tuple[str, ...]:
    return () if os.geteuid() == 0 else (need("sudo"), "-n")


def _reaching() -> dict[str, str]:
    """The variables of this machine that lead to a package index, where their files exist."""
    found = {name: value for name, value in os.environ.items() if _REACHES_AN_INDEX.fullmatch(name)}
    return {name: value for name, value in found.items() if not value.startswith("/") or Path(value).exists()}
