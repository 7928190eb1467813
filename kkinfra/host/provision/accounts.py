"""Users and groups of the machine: getent(1), useradd(8), usermod(8)."""

from __future__ import annotations

from dataclasses import dataclass

from kkinfra.host import process

_SECONDS = 30
_FIELDS = 7


@dataclass(frozen=True)
class Account:
    """A line of passwd(5), as far as it matters here."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str


def account(name: str) -> Account | None:
    """The user of a name, or None."""
    done = process.run(["getent", "passwd", name], seconds=_SECONDS)
    fields = done.output.strip().split(":")
    if done.code or len(fields) != _FIELDS:
        return None
    return Account(fields[0], int(fields[2]), int(fields[3]), fields[5], fields[6])


def groups(name: str) -> tuple[str, ...]:
    """The groups of a user that is there."""
    return tuple(process.check(["id", "--name", "--groups", name], seconds=_SECONDS).split())
