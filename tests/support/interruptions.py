"""Interrupting a deploy at a step of its run, on either side, and what must be true once all is right again."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deployer import ENVIRONMENT

if TYPE_CHECKING:
    from deployer import Deployer
    from rehearsal.host.machine import Machine

DIRECTORY = "/srv/kkambbaki"
NAMESPACE = "kkambbaki-production"
GOOD = ("a", "b")
STEP_SECONDS, END_SECONDS = 150, 240

_WATCH = """
import json, os, signal, sys, time
from pathlib import Path

runs, known, wanted, victim, seconds = Path(sys.argv[1]), sys.argv[2].split(","), *sys.argv[3:5], float(sys.argv[5])

def lines(run):
    try:
        written = (run / "journal.jsonl").read_text().splitlines()
        return [json.loads(line) for line in written]
    except (OSError, ValueError):
        return []

def is_reached(found):
    kinds = [line["kind"] for line in found]
    if wanted == "committed":
        return wanted in kinds
    own = found if wanted == "undo" else found[kinds.index("start"):] if "start" in kinds else []
    return any(line["kind"] == "begin" and line["step"].startswith(wanted) for line in own)

until = time.monotonic() + seconds
while time.monotonic() < until:
    for run in runs.glob("*"):
        if run.name not in known and is_reached(found := lines(run)):
            if victim == "run":
                os.kill(found[0]["pid"], signal.SIGKILL)
            print(run.name)
            sys.exit()
    time.sleep(0.003)
sys.exit(f"no run came to {wanted} within {seconds:g} s")
"""


@dataclass(frozen=True)
class Run:
    """A run on a machine, as its journal tells it."""

    machine: Machine
    name: str

    def lines(self) -> list[dict[str, Any]]:
        """The lines of its journal."""
        return [json.loads(line) for line in self.machine.root(f"cat {self.file}").splitlines()]

    @property
    def file(self) -> str:
        """Its journal's file."""
        return f"{DIRECTORY}/runs/{self.name}/journal.jsonl"

    @property
    def step(self) -> str:
        """The step that began last."""
        return next((str(line["step"]) for line in reversed(self.lines()) if line["kind"] == "begin"), "none")

    @property
    def is_committed(self) -> bool:
        """Whether its release is the one that serves from then on."""
        release = next((line["release"] for line in self.lines() if line["kind"] == "start"), "")
        return any(line["kind"] == "committed" and line["release"] == release for line in self.lines())

    def comes_to(self, step: str) -> None:
        """Wait until a step has begun."""
        self.machine.root(f'until grep -q \'"step": "{step}\' {self.file}; do sleep 0.1; done', STEP_SECONDS)

    def end(self, seconds: int = END_SECONDS) -> dict[str, Any]:
        """The line that says how it ended, once it has, and once the lock is free."""
        self.machine.root(f'until grep -q \'"kind": "end"\' {self.file}; do sleep 0.2; done', seconds)
        self.machine.root(f"flock --shared --timeout 30 {DIRECTORY}/lock true", 40)
        return next(line for line in self.lines() if line["kind"] == "end")


@dataclass(frozen=True)
class Watch:
    """Waits on a machine for a run that is not there yet to come to a step."""

    machine: Machine
    process: subprocess.Popen[str]

    def run(self, of: subprocess.Popen[str] | None = None) -> Run:
        """The run, which is at the step now; `of` is the command that asked for it, and is quoted where none came."""
        output, errors = self.process.communicate(timeout=STEP_SECONDS + 20)
        if self.process.returncode and of is not None:
            of.kill()
            errors = "\n".join((errors, *of.communicate(timeout=60)))
        assert self.process.returncode == 0, errors
        return Run(self.machine, output.strip())


def watch(machine: Machine, step: str, *, kill: str = "nothing") -> Watch:
    """Look from now on for a run to come to a step of its own (its beginning suffices), or to `committed`.

    With `kill="run"` its process is killed that very moment.
    """
    known = machine.root(f"mkdir -p {DIRECTORY}/runs && ls {DIRECTORY}/runs").split()
    command = ["python3", "-c", _WATCH, f"{DIRECTORY}/runs", ",".join(known), step, kill, str(STEP_SECONDS)]
    called = [*machine.ssh_command("admin"), f"sudo -n {shlex.join(command)}"]
    process = subprocess.Popen(
        called, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return Watch(machine, process)


def kept(deployer: Deployer) -> Deployer:
    """The deployer, once one of the good releases serves; over HTTP alone, since no certificate is needed here."""
    deployer.write("a", {"tls": None})
    deployer.serve_either(*GOOD)
    return deployer


def kill_deployer(process: subprocess.Popen[str]) -> str:
    """Kill whoever deploys, and at once the ssh processes that work for it; returns what it printed until then."""
    homes = _homes(process.pid)
    process.kill()
    for pid, arguments in _processes():
        if any(home in arguments for home in homes):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    for home in homes:
        shutil.rmtree(home, ignore_errors=True)
    return output


def _homes(deployer: int) -> set[str]:
    """The directories of the sockets that ssh processes of a deployer share its connection by."""
    children = [arguments for pid, arguments in _processes() if _parent(pid) == deployer]
    options = [word for arguments in children for word in arguments.split("\0") if word.startswith("ControlPath=")]
    assert options, "no ssh works for the deployer"
    return {word.removeprefix("ControlPath=").rpartition("/")[0] for word in options}


def _processes() -> list[tuple[int, str]]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            found.append((int(path.name), (path / "cmdline").read_bytes().decode(errors="replace")))
    return found


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def other(release: str) -> str:
    """The good release that is not this one."""
    return "b" if release == "a" else "a"


def assert_converged(deployer: Deployer, release: str) -> None:
    """A release serves, whole and alone: nothing is to be changed, nothing is there twice or left over."""
    assert deployer.serving() == release
    done = deployer.deploy(release, "--dry-run", "-o", "json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)["plan"]
    assert plan["changes"] == []
    *others, webapp = sorted(containers(deployer.machine))
    assert others == [f"{NAMESPACE}-{each}-1" for each in ("celery-beat", "celery-worker", "flower", "nginx", "redis")]
    assert webapp in [f"{NAMESPACE}-webapp-{colour}-1" for colour in ("blue", "green")]
    left = deployer.machine.root(f"find {DIRECTORY}/releases -maxdepth 1 -name '.*.partial'")
    assert left == ""
    assert deployer.machine.root("pgrep -fc '^[^ ]*/python .*celery .*beat'").strip() == "1"


def containers(machine: Machine) -> list[str]:
    """The names of all the product's containers, running or not."""
    label = f"label=com.docker.compose.project={NAMESPACE}"
    return machine.root(f"docker ps --all --filter {label} --format '{{{{.Names}}}}'").split()


def wait_for(reached: Any, seconds: float = 60) -> None:
    """Wait until something is true."""
    until = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < until, f"not reached within {seconds} s"
        time.sleep(0.2)


def lock_status(deployer: Deployer) -> dict[str, Any]:
    """What `kkinfra lock status` tells."""
    done = deployer.run("lock", "status", ENVIRONMENT, "-o", "json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))
