"""The memory of a machine while something happens to it: how much it takes, and whether the kernel kills for it."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.host.machine import Machine

EVERY_SECONDS = 2
END_SECONDS = 20

# The kernel's own documents: cgroup-v2.rst (hierarchical), and cgroup-v1/memory.rst (each group by itself).
_KILLS = "cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null || true"
_HIGHEST = "cat /sys/fs/cgroup/memory.peak /sys/fs/cgroup/memory/memory.max_usage_in_bytes 2>/dev/null || true"
_EVENTS = "echo $$; exec docker events --filter event=oom --format '{{.Actor.Attributes.name}}'"


@dataclass
class Watched:
    """`resident` is the most that its processes held, `highest` with page cache, both in bytes.

    `killed` names the containers that came to their limit, or all where the machine came to its own.
    """

    resident: int = 0
    highest: int = 0
    killed: list[str] = field(default_factory=list)
    kills: int = 0


@contextmanager
def watched(machine: Machine) -> Iterator[Watched]:
    """Watch meanwhile; the result is whole at the end."""
    found, done = Watched(), threading.Event()
    before = _kills(machine)
    sampler = threading.Thread(target=_sample, args=(machine, found, done), daemon=True)
    sampler.start()
    try:
        with _events(machine) as killed:
            yield found
    finally:
        done.set()
        sampler.join(END_SECONDS)
    found.killed, found.kills = killed, _kills(machine) - before
    found.highest = max(map(int, machine.root(_HIGHEST).split()), default=0)


@contextmanager
def _events(machine: Machine) -> Iterator[list[str]]:
    """The names of containers that came to their limit meanwhile, at the end; the engine itself forgets them soon."""
    found: list[str] = []
    command = [*machine.ssh_command(), _EVENTS]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout is not None
        pid = int(listening.stdout.readline())
        try:
            yield found
        finally:
            machine.root(f"kill {pid}")
            told, _ = listening.communicate(timeout=END_SECONDS)
            found += told.split()


def _sample(machine: Machine, found: Watched, done: threading.Event) -> None:
    while not done.wait(EVERY_SECONDS):
        found.resident = max(found.resident, machine.resident)


def _kills(machine: Machine) -> int:
    return sum(int(line.split()[1]) for line in machine.root(_KILLS).splitlines() if line.startswith("oom_kill "))
