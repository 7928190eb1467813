"""What a comparison is made of, before any language: rows of phrases, each with a verdict."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.proving.parity import Disparity


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the catalogue, and the values that go into it; `otherwise` is said where the catalogue has none."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    otherwise: str = ""

    @classmethod
    def plain(cls, text: str) -> Self:
        """A text that is the same in every language."""
        return cls("text", {"text": text})


Cell = tuple[Phrase, ...]
"""What one environment has in one row: a line for each phrase."""


class Verdict(StrEnum):
    """What parity makes of a row.

    EXPECTED: of a kind that each environment has of its own, or that follows from the platform. DECLARED: the
    specification gives a reason for every difference. UNDECLARED: it does not.
    """

    SAME = "same"
    EXPECTED = "expected"
    DECLARED = "declared"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that differs, and why: the reason that the specification gives, empty where it gives none."""

    difference: Disparity
    text: str = ""


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One row: its name in the catalogue, a cell for each of the two environments, the verdict and its reasons."""

    name: str
    cells: tuple[Cell, Cell]
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
