"""Figures and times in words of the reader's language."""

from __future__ import annotations

from functools import lru_cache
from math import floor
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import date, datetime, timedelta

DASH = "\N{EN DASH}"
ROUNDING = 1e-6
"""What binary fractions may be off by: without it 99.93 % could be cut to 99.92 %."""


def percent(share: float | None) -> str:
    """A share of 0 to 1 with two digits, cut and not rounded: 100 % is said of what never failed, and nothing else."""
    if share is None:
        return DASH
    return "100%" if share == 1 else f"{floor(share * 10_000 + ROUNDING) / 100:.2f}%"


def milliseconds(value: int | None, without: str = DASH) -> str:
    """A latency with its unit, or what is said where there is none."""
    return without if value is None else f"{value:,} ms"


def duration(span: timedelta) -> str:
    """A span of time in its two largest units, such as "2 h 5 min"; below a minute in seconds."""
    seconds = max(int(span.total_seconds()), 0)
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return _("%(days)d d %(hours)d h") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    return _("%d min") % minutes if minutes else _("%d s") % seconds


def day(value: date) -> str:
    """A day with its year."""
    return date_format(value, pgettext("date format", "j M Y"))


def days(values: tuple[date, ...]) -> tuple[str, ...]:
    """Days with their years; remembered, since all targets of a page have the same ninety."""
    return _days(values, get_language())


@lru_cache(maxsize=4)
def _days(values: tuple[date, ...], _language: str | None) -> tuple[str, ...]:
    return tuple(map(day, values))


def moment(value: datetime) -> str:
    """A time of a day, in the product's time zone."""
    return date_format(timezone.localtime(value), pgettext("date format", "j M, H:i"))


def exact_moment(value: datetime) -> str:
    """A time to the second, with its time zone."""
    return date_format(timezone.localtime(value), pgettext("date format", "j M Y, H:i:s T"))


def clock(value: datetime) -> str:
    """Hours and minutes, in the product's time zone."""
    return date_format(timezone.localtime(value), "H:i")


def span(opened: datetime, closed: datetime) -> str:
    """From when to when; the day is named only where it is another one."""
    same_day = timezone.localdate(opened) == timezone.localdate(closed)
    return f"{clock(opened)} {DASH} {clock(closed) if same_day else moment(closed)}"
