"""What is asked for: a command, in which part, as whom; kept in memory, for the process that runs it."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.host import files, process, releases
from kkinfra.host.errors import HostError
from kkinfra.host.masking import masking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kkinfra.host.layout import Layout

_PREFIX = "command-"
_SHOWN = 200
MARK = "KKINFRA_COMMAND"
"""The variable that names a command in its processes."""
NAME, WHO, ASKED = "kkinfra.run", "kkinfra.run-by", "kkinfra.run-at"
RELEASE, RUNNER = "kkinfra.run-release", "kkinfra.run-process"
"""The labels of its container: its name, whose it is and since when, its release, and the process that tends it."""


@dataclass(frozen=True)
class HostCommand:
    """A command by its name, in a service of a release, or attached to the `container` that runs already."""

    layout: Layout
    name: str
    release: str
    service: str
    argv: tuple[str, ...]
    who: str
    ci: str = ""
    container: str = ""
    terminal: str = ""
    rows: int = 24
    columns: int = 80
    asked: float = 0.0
    runner: str = ""

    @property
    def one_off(self) -> str:
        """The name of the container that is its own."""
        return f"{self.layout.namespace}-run-{self.name}"

    @property
    def file(self) -> Path:
        """Where it is kept while it runs; nobody but root reads it, and no disk has it."""
        return self.layout.private / f"{_PREFIX}{self.name}.json"

    def told(self) -> str:
        """As it stands in the history: without secrets, and short."""
        text = masking(releases.secret_values(self.layout))(" ".join(shlex.quote(each) for each in self.argv))
        line = " ".join(text.split())
        return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."

    def labels(self) -> dict[str, str]:
        """Those of its container."""
        told = {NAME: self.name, WHO: self.who, ASKED: f"{self.asked:.0f}"}
        return {**told, RELEASE: self.release, RUNNER: self.runner}

    def keep(self) -> None:
        """Write it down."""
        self.layout.private.mkdir(mode=0o700, parents=True, exist_ok=True)
        said = {name: value for name, value in self.__dict__.items() if name != "layout"}
        files.write(self.file, json.dumps(said).encode(), 0o600)

    def forget(self) -> None:
        """It is over."""
        self.file.unlink(missing_ok=True)


def load(layout: Layout, name: str) -> HostCommand:
    """A command that was asked for; raises HostError."""
    said: Any = files.read_json(layout.private / f"{_PREFIX}{name}.json")
    if said is None:
        raise HostError(f"there is no command {name} to run on the host; try again")
    facts: dict[str, Any] = {**said, "argv": tuple(said["argv"])}
    return HostCommand(layout, **facts)


def from_labels(layout: Layout, labels: dict[str, str]) -> HostCommand:
    """What is known of a command where only its container is left."""
    at = labels.get(ASKED, "0")
    return HostCommand(
        layout, labels[NAME], labels.get(RELEASE, ""), labels.get("kkinfra.part", ""), (), labels.get(WHO, ""),
        asked=float(at),
    )  # fmt: skip


def known(layout: Layout) -> Iterator[HostCommand]:
    """All commands that were asked for, and are not over."""
    for path in sorted(layout.private.glob(f"{_PREFIX}*.json")):
        try:
            yield load(layout, path.name[len(_PREFIX) : -len(".json")])
        except (HostError, TypeError):  # it is over by now, or is of another version
            continue


def this_process() -> str:
    """What tells this process from a later one of the same number."""
    return f"{os.getpid()}:{process.started(os.getpid())}"


def is_tended(runner: str) -> bool:
    """Whether the process that tends a command lives."""
    pid, _, began = runner.partition(":")
    return pid.isdigit() and bool(began) and process.started(int(pid)) == began
