"""Deploys to a host as small as production's, beside a budget, and beside Compose alone on the same host."""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.commands import ROOT
from benchmarks.comparison import Comparison, Left, Row
from benchmarks.measure import FailedCommandError

sys.path.insert(0, str(ROOT / "tests" / "support"))
import plain_compose
from deployer import ENVIRONMENT, Deployer
from rehearsal import base_images, database, networks, production, tree
from rehearsal.engine import connect_docker, remove_container
from rehearsal.errors import RehearsalError
from rehearsal.host import registry, spec, starting
from rehearsal.host.variants import Releases
from requests_counted import Counted, counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

NAME = "kkinfra-bench"
PUBLIC = ("redis:7.4", "nginx:1.22")
ROUNDS = 3
"""In which the deploys and Compose alone take turns."""

BUDGET_MS = 2000
"""For a deploy that finds nothing to do."""

ALLOWED_MS = 5000 + 4000
"""What a deploy may take longer than Compose alone: the interval of a health check, and the drain of the old webapp."""

_MS = 1e3


@dataclass
class MeasuredDeploys:
    """Seconds of each run, and what the last one cost the host."""

    seconds: list[float] = field(default_factory=list)
    cost: Counted = field(default_factory=Counted)

    @property
    def ms(self) -> float:
        return statistics.median(self.seconds) * _MS

    @property
    def told(self) -> str:
        requests, connections = self.cost.requests, self.cost.connections
        return f"{requests} round trip{'s' * (requests != 1)}, {connections} connection{'s' * (connections != 1)}"


def deploys(scratch: Path, runs: int) -> Iterator[Row]:
    """A deploy with nothing to do, and one of another image, to a machine in a container: 1 GiB and one CPU."""
    del runs
    try:
        with _host(connect_docker(), scratch / "deploys") as deployer:
            yield from _compared(deployer)
    except RehearsalError as error:
        yield Left("deploys", str(error).splitlines()[0])


@contextmanager
def _host(engine: DockerClient, home: Path) -> Iterator[Deployer]:
    """A machine with a registry and a database, on which the variant a serves and b was pulled."""
    base_images.ensure(engine)
    production.build()
    directory = home / "postgresql"
    directory.mkdir(parents=True)
    rds, password = tree.rds(), spec.database_password()
    with ExitStack() as left:
        networks.ensure(engine, NAME)
        left.callback(networks.remove, engine, NAME)
        machine = starting.start(engine, home / "machine", name=f"{NAME}-host", network=NAME)
        left.callback(machine.remove)
        machine.load(engine, *PUBLIC)
        stored = registry.start(engine, f"{NAME}-registry", NAME)
        left.callback(stored.remove)
        stored.serve(machine)
        left.callback(remove_container, engine, f"{NAME}-postgresql")
        found = database.start(
            engine, directory, name=rds.database, user=rds.user, password=password, container=f"{NAME}-postgresql",
            network=NAME,
        )  # fmt: skip
        releases = Releases(engine, stored)
        deployer = Deployer(home / "project", machine, stored, found, releases, spec.values(stored, password))
        deployer.write("a", {"tls": None})
        for variant in ("b", "a"):
            _deploy(deployer, variant)
        yield deployer


def _compared(deployer: Deployer) -> Iterator[Row]:
    nothing, another, alone = MeasuredDeploys(), MeasuredDeploys(), MeasuredDeploys()
    before, after = "a", "b"
    for _ in range(ROUNDS):
        _measure(nothing, deployer, before, times=3)
        alone.seconds.append(plain_compose.up(deployer, after, "--wait"))
        _measure(another, deployer, after)
        before, after = after, before
    yield Comparison(f"deploy, nothing changed; {nothing.told}", "budget", nothing.ms, BUDGET_MS, 1)
    what = f"deploy of another image; {another.told}"
    yield Comparison(what, "docker compose up --wait", another.ms, alone.ms, None)
    allowed = f"the same, + {ALLOWED_MS / _MS:g} s"
    yield Comparison("deploy of another image", allowed, another.ms, alone.ms + ALLOWED_MS, 1)


def _measure(found: MeasuredDeploys, deployer: Deployer, variant: str, *, times: int = 1) -> None:
    for _ in range(times):
        with counted(deployer.machine) as found.cost:
            began = time.perf_counter()
            _deploy(deployer, variant)
            found.seconds.append(time.perf_counter() - began)


def _deploy(deployer: Deployer, variant: str) -> None:
    done = deployer.run("deploy", ENVIRONMENT, "--image", deployer.releases[variant], "--yes")
    if done.returncode:
        raise FailedCommandError(f"kkinfra deploy: {done.stderr.strip()[-500:]}")
