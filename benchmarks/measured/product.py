"""The product in the rehearsed production, beside a bare ASGI application and a static file behind the same Nginx."""

from __future__ import annotations

import re
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.commands import ROOT
from benchmarks.comparison import Comparison, Left, Row

sys.path.insert(0, str(ROOT / "tests" / "support"))
import load
from rehearsal import production, tree
from rehearsal.engine import connect_docker
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

WRK = "kkinfra-rehearsal-wrk"
SECONDS, CONNECTIONS = 10, 8
RATE, RATE_SECONDS = 50, 30
BUDGET_MS = 50
"""The 99th percentile that the page must keep at 50 requests a second."""

UNLIMITED = 'rate: 100000, version: "1.22"'
"""Nginx lets one client have 20 requests a second; the load comes from one client."""

_SPEED = re.compile(r"99%\s+([0-9.]+)(us|ms|s)[\s\S]*Requests/sec:\s+([0-9.]+)")
_FAILED = re.compile(r"Non-2xx or 3xx responses|Socket errors")
_TO_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Speed:
    """What wrk measured: answers a second, and the 99th percentile of latencies in ms."""

    a_second: float
    p99: float


def product(scratch: Path, runs: int) -> Iterator[Row]:
    """Requests a second and latencies through Nginx over TLS, with two workers, 20 targets and 90 days of history."""
    del runs
    try:
        engine = connect_docker()
        with _rehearsed(engine, scratch) as stack:
            yield from _compared(engine, stack)
    except RehearsalError as error:
        yield Left("the product", str(error).splitlines()[0])


@contextmanager
def _rehearsed(engine: DockerClient, scratch: Path) -> Iterator[production.Production]:
    spec = scratch / "environments.yaml"
    text = (ROOT / tree.SPEC).read_text(encoding="utf-8")
    spec.write_text(text.replace('version: "1.22"', UNLIMITED), encoding="utf-8")
    engine.images.build(path=str(ROOT / "benchmarks" / "wrk"), tag=WRK, rm=True, forcerm=True, network_mode="host")
    try:
        stack = production.up(engine, spec=spec)
        stack.manage("history", "--targets", "20", "--days", "90")
        yield stack
    finally:
        production.down(engine)


def _compared(engine: DockerClient, stack: production.Production) -> Iterator[Row]:
    style = _static_file(stack)
    page, health, static = (_wrk(engine, stack, path) for path in ("/", "/healthz/live", style))
    with _hello(engine, stack):
        hello = _wrk(engine, stack, "/")
    for what, ours in (("status page", page), ("/healthz/live", health)):
        for beside, theirs in (("bare ASGI on the same Uvicorn", hello), ("a static file of Nginx", static)):
            yield Comparison(f"{what}, CPU-bound", beside, 1e3 / ours.a_second, 1e3 / theirs.a_second, None, "ms each")
            yield Comparison(f"{what}, p99", beside, ours.p99, theirs.p99, None)
    url, domain = f"https://{load.ADDRESS}/", str(stack.environment.domain)
    found = load.apply(url, domain, stack.authority, rate=RATE, seconds=RATE_SECONDS, sources=1)
    what = f"status page, p99 at {RATE}/s, {found.statuses[200]} of {found.statuses.total()} answered"
    yield Comparison(what, "budget", found.percentile(0.99), BUDGET_MS, 1)


def _static_file(stack: production.Production) -> str:
    command = ["sh", "-c", "cd /app && ls static/monitor/*.*.css | head -1"]
    return "/" + stack.container("webapp-blue").exec_run(command).output.decode().strip()


def _wrk(engine: DockerClient, stack: production.Production, path: str) -> Speed:
    url = f"{stack.url.rstrip('/')}{path}"
    arguments = ["--latency", "-t1", "-H", "Accept-Encoding: gzip", f"-c{CONNECTIONS}", f"-d{SECONDS}s", url]
    hosts = stack.home / "hosts"
    hosts.write_text(f"127.0.0.1 {stack.environment.domain}\n")
    mounted = {str(hosts): {"bind": "/etc/hosts", "mode": "ro"}}
    said = engine.containers.run(WRK, arguments, network_mode="host", remove=True, volumes=mounted).decode()
    found = _SPEED.search(said)
    if not found or _FAILED.search(said):
        raise RehearsalError(f"wrk of {path}: {said}")
    return Speed(float(found[3]), float(found[1]) * _TO_MS[found[2]])


@contextmanager
def _hello(engine: DockerClient, stack: production.Production) -> Iterator[None]:
    """Behind the same Nginx, on the same kind of socket, with as many workers and as much of the processors."""
    command = ["uvicorn", "hello:application", "--workers", "2", "--no-access-log", "--uds", "/run/app/hello.sock"]
    limits = stack.container("webapp-blue").attrs["HostConfig"]
    source = {str(ROOT / "benchmarks" / "programs" / "hello.py"): {"bind": "/hello/hello.py", "mode": "ro"}}
    sockets = {f"{stack.environment.namespace}_sockets": {"bind": "/run/app", "mode": "rw"}}
    container = engine.containers.run(
        str(stack.environment.image), command, detach=True, working_dir="/hello", volumes=source | sockets,
        nano_cpus=limits["NanoCpus"], mem_limit=limits["Memory"], network_mode="none",
    )  # fmt: skip
    try:
        _link(stack, "hello")
        yield
    finally:
        _link(stack, "blue")
        container.remove(force=True)


def _link(stack: production.Production, name: str) -> None:
    command = f"while ! [ -S /run/app/{name}.sock ]; do sleep 0.1; done; {production.SWITCH.format(colour=name)}"
    done = stack.container("webapp-blue").exec_run(["timeout", "20", "sh", "-c", command])
    if done.exit_code:
        raise RehearsalError(f"no socket of {name}: {done.output.decode()}")
