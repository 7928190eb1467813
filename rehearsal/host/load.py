"""Visitors of a machine while something happens to it: how many of their requests fail, and who answers them.

They run in the machine's own network namespace, beside its limits of memory and CPU, so they end with a reboot.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import docker.errors

from rehearsal.engine import remove_container, text
from rehearsal.errors import RehearsalError
from rehearsal.host import image
from rehearsal.tree import DOMAIN

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    from rehearsal.host.machine import Machine

LONGEST_SECONDS = 900
"""After which visitors leave by themselves."""
CONNECTIONS = 4
RATE = 50
LONG_PATH, LONG_RATE = "/slow?seconds=3", 1
_END_SECONDS = 30
_BEGIN_SECONDS = 0.5


@dataclass(frozen=True)
class RequestCount:
    """What became of the requests of one kind: good answers by release, failures by kind.

    `dark` is the longest time in seconds without a good answer; of kept connections it is not known (0).
    """

    releases: dict[str, int]
    failed: dict[str, int]
    dark: float = 0

    @property
    def total(self) -> int:
        """All requests."""
        return sum(self.releases.values()) + self.failures

    @property
    def failures(self) -> int:
        """All failures."""
        return sum(self.failed.values())


@dataclass(frozen=True)
class Counts:
    """By wrk over kept connections, by the prober over new ones, and long requests."""

    kept: RequestCount
    fresh: RequestCount
    long: RequestCount

    @property
    def failures(self) -> int:
        """All failures, whatever their kind."""
        return self.kept.failures + self.fresh.failures + self.long.failures

    def __str__(self) -> str:
        """One line each."""
        lines = []
        for name, count in (("kept", self.kept), ("fresh", self.fresh), ("long", self.long)):
            dark = f", longest without an answer {count.dark * 1000:.0f} ms" if count.dark else ""
            lines.append(f"{name:5} {count.failures} of {count.total} failed {count.failed}, {count.releases}{dark}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Load:
    """Visitors at work."""

    wrk: Container
    prober: Container

    def stop(self) -> Counts:
        """Let them finish what they asked, and return what they saw; raises RehearsalError."""
        try:
            for each in (self.prober, self.wrk):
                with suppress(docker.errors.APIError):  # has ended by itself
                    each.kill("SIGINT")
            probed, kept = _end(self.prober), _end(self.wrk)
        finally:
            self.remove()
        return Counts(_of_wrk(kept), RequestCount(**probed["fresh"]), RequestCount(**probed["long"]))

    def remove(self) -> None:
        """Remove them, whatever they are at."""
        for each in (self.prober, self.wrk):
            each.remove(force=True)


def start(engine: DockerClient, machine: Machine, *, scheme: str = "https", path: str = "/version") -> Load:
    """Send visitors to the domain, and wait until the first of them are under way; raises RehearsalError."""
    port = machine.https_port if scheme == "https" else machine.http_port
    url = f"{scheme}://{DOMAIN}:{port}{path}"
    wrk = [
        "wrk", "--threads=1", f"--connections={CONNECTIONS}", f"--duration={LONGEST_SECONDS}s", "--timeout=15s",
        "--script=/load/wrk.lua", url,
    ]  # fmt: skip
    prober = ["python3", "/load/prober.py", url, str(RATE), LONG_PATH, str(LONG_RATE), str(LONGEST_SECONDS)]
    made_from = image.load(engine)
    running = [_run(engine, made_from, machine, each) for each in (wrk, prober)]
    load = Load(*running)
    time.sleep(_BEGIN_SECONDS)
    for each in running:
        each.reload()
        if each.status != "running":
            said = text(each.logs(tail=20))
            load.remove()
            raise RehearsalError(f"visitors of {url} left at once:\n{said}")
    return load


def _run(engine: DockerClient, made_from: str, machine: Machine, command: list[str]) -> Container:
    name = f"{machine.name}-{command[0]}"
    remove_container(engine, name)
    return engine.containers.run(
        made_from, command, name=name, network_mode=f"container:{machine.name}", detach=True, init=True
    )


def _end(container: Container) -> dict[str, Any]:
    """The JSON in the last line that a container printed, once it has ended."""
    try:
        code = container.wait(timeout=_END_SECONDS)["StatusCode"]
    except OSError as error:  # requests' own
        raise RehearsalError(f"{container.name} did not end in {_END_SECONDS} s:\n{text(container.logs())}") from error
    said = text(container.logs())
    if code:
        raise RehearsalError(f"{container.name} exited with {code}:\n{said[-2000:]}")
    told: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    return told


def _of_wrk(told: dict[str, Any]) -> RequestCount:
    failed = {f"status {status}": count for status, count in told["statuses"].items() if not status.startswith("2")}
    failed |= {kind: count for kind, count in told["errors"].items() if count}
    return RequestCount(told["releases"], failed)
