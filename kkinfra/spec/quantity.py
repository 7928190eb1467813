"""Quantities that a specification holds: a whole number of a unit, and what is wrong with one that is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, ClassVar, Self

from kkinfra.spec.parsed import Parsed

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMOUNT = re.compile(r"\s*(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(?P<unit>[A-Za-z]*)\s*")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity(Parsed):
    """A whole number of a unit, which prints as it was written and compares by what it comes to: 1000MB equals 1GB.

    `UNITS` are the units, each with how many of the smallest one it is.
    """

    amount: int
    unit: str

    UNITS: ClassVar[Mapping[str, int]]

    @property
    def total(self) -> int:
        """The amount in the smallest unit."""
        return self.amount * self.UNITS[self.unit]

    def __mul__(self, times: int) -> Self:
        """As many of it."""
        return type(self)(self.amount * times, self.unit)

    def __str__(self) -> str:
        """The text form that was written."""
        return f"{self.amount}{self.unit}"

    def __eq__(self, other: object) -> bool:
        """Equal in the smallest unit."""
        return isinstance(other, type(self)) and self.total == other.total

    def __lt__(self, other: Self) -> bool:
        """Ordered by the smallest unit."""
        return self.total < other.total

    def __hash__(self) -> int:
        """As equality is."""
        return hash(self.total)


def amount_in(written: object) -> tuple[str, str] | None:
    """Number and unit of what is written, in any spelling; None where there is no such number."""
    found = None if isinstance(written, bool) else _AMOUNT.fullmatch(str(written))
    return (found["number"], found["unit"]) if found and float(found["number"]) else None


def wrong_sign(written: object) -> str:
    """What is wrong with an amount that is none; empty where it has no number, or a good one."""
    text = str(written).strip()
    if re.fullmatch(r"-[0-9.]+\s*[A-Za-z]*", text):
        return "is negative"
    return "is zero" if re.fullmatch(r"0+(\.0*)?\s*[A-Za-z]*", text) else ""
