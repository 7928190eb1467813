"""The HTML of each page, in the active language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from monitor.pages import charts
from monitor.selectors.history import history
from monitor.selectors.status import Overall, Overview, overview

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from monitor.selectors.incidents import Outage

NOTICE = "<!--notice-->"
"""Where a kept copy of a page gets its notice; `monitor/base.html` has it."""


@dataclass(frozen=True, slots=True)
class Told:
    """An incident, and how long it took or has taken."""

    outage: Outage
    duration: timedelta


def status_page(now: datetime, *, staff: bool = False) -> str:
    """The page of all targets; staff see addresses and details of errors."""
    seen = overview(now)
    recent = sorted(seen.recent, key=lambda outage: outage.opened_at, reverse=True)
    context = {"seen": seen, "now": now, "headline": headline(seen), "open": _told(seen.open, now)}
    return _render("status", {**context, "recent": _told(recent, now), "staff": staff})


def target_page(pk: int, now: datetime, *, staff: bool = False) -> str | None:
    """The page of one target; None if no enabled target has this id."""
    seen = history(pk, now)
    if seen is None:
        return None
    top = charts.ceiling(seen.hours)
    axis = {"top": top, "middle": top // 2, "ticks": [hour.start for hour in seen.hours[::6]]}
    context = {"seen": seen, "now": now, "axis": axis, "incidents": _told(seen.outages, now)}
    return _render("target", {**context, "days": tuple(reversed(seen.status.days)), "staff": staff})


def notice(as_of: datetime) -> str:
    """What is put into a kept copy while the database cannot be reached."""
    return render_to_string("monitor/notice.html", {"as_of": as_of})


def unavailable_page(*, cache_away: bool) -> str:
    """What is said when there is nothing to show: what is missing."""
    return render_to_string("monitor/unavailable.html", {"cache_away": cache_away})


def headline(seen: Overview) -> str:
    """The state of all targets together in one sentence."""
    if seen.overall is Overall.SOME_DOWN:
        text = ngettext("%(down)d of %(all)d services is down", "%(down)d of %(all)d services are down", seen.down)
        return text % {"down": seen.down, "all": len(seen.targets)}
    return {
        Overall.EMPTY: _("No services are watched yet"),
        Overall.UNPROBED: _("Nothing has been probed yet"),
        Overall.STALE: _("The figures are out of date"),
        Overall.UP: _("All services are up"),
        Overall.ALL_DOWN: _("All services are down"),
    }[seen.overall]


def _told(outages: Sequence[Outage], now: datetime) -> tuple[Told, ...]:
    return tuple(Told(outage, outage.duration(now)) for outage in outages)


def _render(name: str, context: dict[str, object]) -> str:
    return render_to_string(f"monitor/{name}.html", {**context, "switchable": True})
