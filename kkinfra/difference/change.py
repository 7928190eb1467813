"""One thing that differs, and the fields in which it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, TypeAlias

Action: TypeAlias = Literal["add", "change", "replace", "may replace", "remove", "restart"]
"""What a deploy does; `restart`: it starts anew, although nothing of it changes; `may replace`: only doing it tells."""


class Absent(Enum):
    """The type of ABSENT."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT
"""Stands where there is no value, which null is."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field, from what runs (`before`) to what is wanted (`after`): plain values, secrets as `***`.

    Of a text of several lines, and of a list whose order counts, `lines` tells what differs as `diff -u` does, and
    there are no values. Where a target does not know a value, there is none either, and `note` says so.

    >>> kkinfra.FieldChange("replicas", after=2).action
    'add'
    """

    path: str
    before: Any = ABSENT
    after: Any = ABSENT
    note: str = ""
    lines: tuple[str, ...] = ()

    @property
    def action(self) -> Literal["add", "change", "remove"]:
        """Whether the field comes, goes or stays."""
        if (self.before is ABSENT) == (self.after is ABSENT):
            return "change"
        return "add" if self.before is ABSENT else "remove"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one thing: an object, a service, a file, a resource.

    `target` is where it is, `identity` what people call it there. `drift`: it is not as it was deployed, since somebody
    changed it where it runs. `interrupts`: visitors or tasks notice. `note` says what else follows: an interruption,
    data that would be lost, a conflict.

    >>> field = kkinfra.FieldChange("image", "shop:1", "shop:2")
    >>> kkinfra.Change("host", "web", "change", (field,), note="starts again", interrupts=True).identity
    'web'
    """

    target: str
    identity: str
    action: Action
    fields: tuple[FieldChange, ...] = ()
    note: str = ""
    drift: bool = False
    interrupts: bool = False
