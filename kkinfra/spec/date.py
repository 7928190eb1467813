"""Days of the calendar."""

from __future__ import annotations

import re
from calendar import monthrange  # not datetime, which has a clock: proofs and renderers lead here and may have none
from dataclasses import dataclass
from typing import ClassVar, Self

from kkinfra.spec.parsed import Parsed, shown


@dataclass(frozen=True, slots=True, order=True)
class Date(Parsed):
    """A day, `2027-03-01` (RFC 3339, full-date); days compare as they follow each other."""

    text: str

    PATTERN: ClassVar[str] = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("2027-03-01",)
    TITLE: ClassVar[str] = "Day"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read year, month and day; the day must be one of that month."""
        if not isinstance(text, str) or not re.fullmatch(cls.PATTERN, text):
            raise ValueError(f"{shown(text)} is not a day; write year, month and day, as in 2027-03-01")
        year, month, day = (int(part) for part in text.split("-"))
        _, days = monthrange(year, month)
        if day > days:
            raise ValueError(f"{shown(text)} is not a day: that month has {days}; write one that there is")
        return cls(text)

    def __str__(self) -> str:
        """The text form."""
        return self.text
