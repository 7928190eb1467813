"""Lengths of time."""

from __future__ import annotations

import re
from typing import Self

from kkinfra.spec.parsed import FormError, shown
from kkinfra.spec.quantity import Quantity, amount_in, wrong_sign

_SECONDS_PER = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_MEANT = 40
_WEEK_SECONDS = 7 * 86400
_SPELLINGS = {
    "s": ("s", "sec", "secs", "second", "seconds"), "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"), "d": ("d", "day", "days"), "w": ("w", "week", "weeks"),
}  # fmt: skip


class Duration(Quantity):
    """A length of time: `30s`, `10m`, `12h`, `7d`."""

    __slots__ = ()
    UNITS = _SECONDS_PER
    PATTERN = r"^[1-9][0-9]{0,6}[smhd]$"
    EXAMPLES = ("30s", "10m")
    TITLE = "Duration"
    REMEDY = "write 30s, 10m, 12h or 7d"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a whole number followed by s, m, h or d."""
        if isinstance(text, str) and re.fullmatch(cls.PATTERN, text):
            return cls(int(text[:-1]), text[-1])
        raise FormError(cls._problem(text), f"is not a duration; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        meant = cls._meant(text) if isinstance(text, str) and len(text) <= _LONGEST_MEANT else ""
        if meant:
            return f"{shown(text)} is not a duration; write {meant}"
        amount = amount_in(text)
        if amount is None:
            return f"{shown(text)} {wrong_sign(text) or 'is not a duration'}; {cls.REMEDY}"
        number, unit = amount
        if not unit and "." not in number:
            return f"{shown(text)} has no unit; write {number}s (seconds), {number}m (minutes) or {number}h (hours)"
        return f"{shown(text)} is not a duration; {cls.REMEDY}"

    @classmethod
    def _meant(cls, written: str) -> str:
        """A duration in other words, `1h30m` or `5 min`, as one number; empty where it is none in whole seconds."""
        parts = re.findall(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *([A-Za-z]+) *", written)
        units = [next((unit for unit, names in _SPELLINGS.items() if name.lower() in names), "") for _, name in parts]
        if not parts or "" in units or "".join(f"{number}{name}" for number, name in parts) != written.replace(" ", ""):
            return ""
        lengths = zip((float(number) for number, _ in parts), units, strict=True)
        seconds = sum(number * cls.UNITS.get(unit, _WEEK_SECONDS) for number, unit in lengths)
        unit = next((each for each in ("d", "h", "m", "s") if seconds and seconds % cls.UNITS[each] == 0), "")
        return f"{int(seconds / cls.UNITS[unit])}{unit}" if unit else ""

    @property
    def seconds(self) -> int:
        """The number of seconds."""
        return self.total
