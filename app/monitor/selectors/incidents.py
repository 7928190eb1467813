"""Incidents as pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils import timezone

from monitor.models import Incident, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

RECENT = timedelta(days=14)
LIMIT = 100
"""A page shows no more incidents than this: a target that flaps all day must not make it endless."""


@dataclass(frozen=True, slots=True)
class Outage:
    """An incident and its target's name; `closed_at` is None while it is open."""

    target: int
    target_name: str
    opened_at: datetime
    closed_at: datetime | None
    cause: Outcome
    detail: str

    @property
    def day(self) -> date:
        """The day, in the product's time zone, on which it opened."""
        return timezone.localdate(self.opened_at)

    def duration(self, now: datetime) -> timedelta:
        """How long it took, or has taken so far."""
        return (self.closed_at or now) - self.opened_at


def outages(targets: Iterable[int], since: datetime) -> tuple[Outage, ...]:
    """What is open and what ended since; open ones first, then the newest first; one query."""
    rows = Incident.objects.filter(Q(closed_at=None) | Q(closed_at__gte=since), target__in=targets)
    rows = rows.order_by(F("closed_at").desc(nulls_first=True), "-opened_at")
    names = ("target_id", "target__name", "opened_at", "closed_at", "cause", "detail")
    return tuple(
        Outage(target, name, opened_at, closed_at, Outcome(cause), detail)
        for target, name, opened_at, closed_at, cause, detail in rows.values_list(*names)[:LIMIT]
    )
