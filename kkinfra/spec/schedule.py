"""Times at which something runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from kkinfra.spec.parsed import FormError, Parsed, shown

FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
"""The fields of cron with their lowest and highest numbers; Kubernetes has no seventh weekday."""

_NICKNAMES = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}


@dataclass(frozen=True, slots=True)
class Schedule(Parsed):
    """When something runs: five fields of cron (POSIX crontab, with ranges and steps), or `@daily`.

    Sunday is 0: Kubernetes does not take 7 (https://pkg.go.dev/github.com/robfig/cron/v3).
    """

    text: str

    PATTERN: ClassVar[str] = r"^(@(hourly|daily|weekly|monthly)|[0-9*,/-]+( [0-9*,/-]+){4})$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("*/5 * * * *", "@daily")
    TITLE: ClassVar[str] = "Schedule"
    REMEDY: ClassVar[str] = 'write five fields of cron in quotes, as in "*/5 * * * *", or @daily'

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a schedule; each number must be in its field's range."""
        if not isinstance(text, str) or not re.fullmatch(cls.PATTERN, text):
            raise FormError(cls._problem(text), f"is not a schedule; {cls.REMEDY}")
        for name, written in zip(FIELDS, cls(text).fields, strict=True):
            for part in written.split(","):
                _check(name, part, text)
        return cls(text)

    @classmethod
    def _problem(cls, text: object) -> str:
        words = text.split(" ") if isinstance(text, str) else []
        if len(words) == len(FIELDS) and all(re.fullmatch(r"[0-9A-Za-z*,/-]+", word) for word in words):
            return f"{shown(text)} names a month or a weekday; write numbers, Sunday as 0"
        if not words or not all(re.fullmatch(r"[0-9*,/-]+", word) for word in words):
            return f"{shown(text)} is not a schedule; {cls.REMEDY}"
        if len(words) == len(FIELDS) + 1:
            return f"{shown(text)} has six fields; write five, without seconds: {shown(' '.join(words[1:]))}"
        return f"{shown(text)} has {len(words)} fields; write minute, hour, day, month and weekday, as in 0 3 * * *"

    @property
    def fields(self) -> tuple[str, ...]:
        """Minute, hour, day of month, month, day of week."""
        return tuple(_NICKNAMES.get(self.text, self.text).split(" "))

    def __str__(self) -> str:
        """The text form that was written."""
        return self.text


def _check(name: str, part: str, text: str) -> None:
    """Raise FormError where one of the parts between commas is not of the field called `name`."""
    match = re.fullmatch(r"(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/([1-9]\d?))?", part)
    low, high = FIELDS[name]
    numbers = [int(number) for number in match.group(2, 3) if number] if match else []
    if match is None:
        remedy = "write a number, 1-5, */5 or *"
    elif any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
        remedy = f"write numbers from {low} to {high}"
    else:
        return
    raise FormError(f"{shown(text)}: {part!r} is not a {name}; {remedy}", f"is not a {name} of cron")
