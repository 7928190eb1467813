"""Schedules of cron as calendar events of systemd (systemd.time(7))."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.spec.schedule import FIELDS

if TYPE_CHECKING:
    from kkinfra.spec.schedule import Schedule

_WEEKDAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_MINUTE, _HOUR, _DAY, _MONTH, _WEEKDAY = FIELDS.values()


def on_calendar(schedule: Schedule) -> tuple[str, ...]:
    """The values of OnCalendar that together mean the same, in UTC.

    Where day of month and day of week are both restricted, cron runs on either (POSIX crontab), so
    there are two. As in Kubernetes (robfig/cron 3), a field is unrestricted if it has a `*` without a
    step, and `5/10` starts at 5 and goes on to the end of the field.
    """
    minute, hour, day, month, weekday = schedule.fields
    either = not _unrestricted(day) and not _unrestricted(weekday)
    time = f"{_numbers(hour, _HOUR)}:{_numbers(minute, _MINUTE)}:00 UTC"
    return tuple(
        f"{_names(weekdays)}*-{_numbers(month, _MONTH)}-{_numbers(days, _DAY)} {time}"
        for days, weekdays in ([(day, "*"), ("*", weekday)] if either else [(day, weekday)])
    )


def values(field: str, limits: tuple[int, int]) -> set[int]:
    """All numbers that a field of cron stands for."""
    low, high = limits
    found: set[int] = set()
    for part in field.split(","):
        first, last, step = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part).groups()  # type: ignore[union-attr]
        start = low if first == "*" else int(first)
        end = int(last) if last else (high if first == "*" or step else start)
        found |= set(range(start, end + 1, int(step or 1)))
    return found


def _unrestricted(field: str) -> bool:
    return any(part in ("*", "*/1") for part in field.split(","))


def _numbers(field: str, limits: tuple[int, int]) -> str:
    found = values(field, limits)
    return "*" if len(found) > limits[1] - limits[0] else ",".join(f"{number:02}" for number in sorted(found))


def _names(field: str) -> str:
    found = values(field, _WEEKDAY)
    return "" if len(found) == len(_WEEKDAYS) else f"{','.join(_WEEKDAYS[number] for number in sorted(found))} "
