"""The stack fits a t2.micro: what is resident, idle and under load, by container."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import load
from rehearsal.memory import MB, limit, measure
from visitor import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.production import Production

IDLE_SECONDS = 20
RATE, SECONDS = 50, 60
SOURCES = 5
"""Addresses that the load comes from: Nginx lets each have 20 requests a second."""

ROOM = 800 * MB
"""What all containers and Docker may hold while idle, of the 1 GiB that a t2.micro has."""


def test_the_stack_fits_idle_and_under_load(stack: Production, measured: Callable[[str, object, str], None]) -> None:
    time.sleep(IDLE_SECONDS)
    idle = measure(stack)
    highest = dict(idle)
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(stack, highest, done))
    watcher.start()
    found = load.apply(
        f"https://{ADDRESS}/",
        str(stack.environment.domain),
        stack.authority,
        rate=RATE,
        seconds=SECONDS,
        sources=SOURCES,
    )
    done.set()
    watcher.join()
    limits = {name: limit(container) for name, container in stack.running().items()}
    figures = {"idle": idle, "highest under load": highest, "limit": limits, "p99 ms": found.percentile(0.99)}
    measured("memory", figures, table(idle, highest, limits, found))

    assert found.statuses == {200: RATE * SECONDS}
    assert sum(idle.values()) < ROOM
    assert all(highest[name] < limits[name] for name in limits)


def watch(stack: Production, highest: dict[str, int], done: threading.Event) -> None:
    while not done.wait(5):
        for name, size in measure(stack).items():
            highest[name] = max(size, highest.get(name, 0))


def table(idle: dict[str, int], highest: dict[str, int], limits: dict[str, int], found: load.Load) -> str:
    lines = [f"{'MB resident':16}{'idle':>8}{'highest':>10}{'limit':>8}"]
    for name in (*idle, "sum"):
        numbers = [each[name] if name in each else sum(each.values()) for each in (idle, highest)]
        limited = f"{limits[name] / MB:8.0f}" if name in limits else ""
        lines.append(f"{name:16}{numbers[0] / MB:8.1f}{numbers[1] / MB:10.1f}{limited}")
    answers = ", ".join(f"{count} x {status}" for status, count in found.statuses.items())
    lines.append(
        f"{RATE} requests a second for {SECONDS} s: {answers}; "
        f"median {found.percentile(0.5):.1f} ms, p99 {found.percentile(0.99):.1f} ms"
    )
    return "\n".join(lines)
