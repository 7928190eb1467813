"""What a deploy costs a host: connections that sshd lets in, and requests that come over them, by its own log."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.host.machine import Machine

_LOG = "journalctl --sync && journalctl --output cat --no-pager"
_CONNECTIONS = f"{_LOG} --unit ssh | grep -c '^Accepted .* for deploy ' || true"
_REQUESTS = f"{_LOG} --identifier sudo | grep -c '^ *deploy : .* COMMAND=[^ ]*python3 -I' || true"


@dataclass
class Counted:
    """How many there were."""

    connections: int = 0
    requests: int = 0


@contextmanager
def counted(machine: Machine) -> Iterator[Counted]:
    """Count those of the user `deploy` meanwhile; the result is known at the end."""
    found = Counted()
    before = [_count(machine, command) for command in (_CONNECTIONS, _REQUESTS)]
    yield found
    after = [_count(machine, command) for command in (_CONNECTIONS, _REQUESTS)]
    found.connections, found.requests = after[0] - before[0], after[1] - before[1]


def _count(machine: Machine, command: str) -> int:
    return int(machine.root(command))
