"""Somebody who asks a machine all the while which release answers, and knows to the millisecond who may."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import visit
from interruptions import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rehearsal.host.machine import Machine

EVERY_SECONDS = 0.1
LONG_PATH = "/slow?seconds=3"
DRAIN_SECONDS = 4
"""After which Nginx uses no connection to the release of before any more; the deploy waits for as long."""

_ROUNDED_SECONDS = 0.002


class Seen(NamedTuple):
    """An answer: when it was asked for, when it was there, and from which release it came."""

    asked: float
    answered: float
    release: str


class Switch(NamedTuple):
    """From when on a release could answer, and from when on no other could any more."""

    release: str
    began: float
    over: float


@dataclass
class Witness:
    """What it saw so far."""

    machine: Machine
    scheme: str
    path: str = visit.PATH
    every: float = EVERY_SECONDS
    seen: list[Seen] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def watch(self) -> None:
        """Ask again and again, until it is stopped."""
        while not self._stopped.wait(self.every):
            asked = time.time()
            try:
                answer = visit.over(self.machine, self.scheme, self.path)
            except OSError as error:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")
                continue
            if answer.is_good:
                self.seen.append(Seen(asked, time.time(), answer.release))
            else:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {answer.status}")

    def stop(self) -> None:
        """Let the last request end."""
        self._stopped.set()


@contextmanager
def watching(machine: Machine, scheme: str, *more: Witness) -> Iterator[Witness]:
    """Somebody who watches meanwhile; `more` do so, too."""
    witnesses = (Witness(machine, scheme), *more)
    threads = [threading.Thread(target=each.watch, daemon=True) for each in witnesses]
    for thread in threads:
        thread.start()
    try:
        yield witnesses[0]
    finally:
        for each in witnesses:
            each.stop()
        for thread in threads:
            thread.join(visit.ANSWER_SECONDS + 5)


def patient(machine: Machine, scheme: str) -> tuple[Witness, Witness]:
    """Two who ask for what takes 3 s, one right after the other: at any moment, at least one of them waits."""
    one, other = (Witness(machine, scheme, LONG_PATH, 0.001) for _ in range(2))
    return one, other


def switched(machine: Machine, run: str, release: str) -> Switch:
    """The switch of a run to a release, as the run's journal tells it; both have the same clock."""
    steps = [line for line in Run(machine, run).lines() if line.get("step") == "switch"]
    began, done = (_at(steps, kind) for kind in ("begin", "done"))
    return Switch(release, began, done + DRAIN_SECONDS)


def _at(lines: list[dict[str, Any]], kind: str) -> float:
    return next(float(line["at"]) for line in lines if line["kind"] == kind)


def out_of_turn(seen: Iterable[Seen], first: str, switches: Iterable[Switch]) -> list[Seen]:
    """The answers of a release that could not serve yet, or not any more; `first` served before all switches."""
    turns = [Switch(first, 0, 0), *switches]
    ends = [*(later.over for later in turns[1:]), float("inf")]
    return [each for each in seen if not any(_may(turn, end, each) for turn, end in zip(turns, ends, strict=True))]


def _may(turn: Switch, end: float, seen: Seen) -> bool:
    """Whether an answer can be of a turn that ends then."""
    in_time = seen.answered >= turn.began - _ROUNDED_SECONDS and seen.asked <= end
    return seen.release == turn.release and in_time
