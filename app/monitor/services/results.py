"""What a probe's result changes: the target's present state, its incidents, and the news of them."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from monitor.models import Incident, Notification, Outcome, Probe, State, Target
from monitor.services.probing import Result

STATE_FIELDS = (
    "state",
    "state_since",
    "consecutive_failures",
    "last_slot",
    "last_probed_at",
    "last_latency_ms",
    "last_outcome",
)


@transaction.atomic
def record(target_id: int, slot: datetime, result: Result) -> bool:
    """Store a result under its slot, once, and return whether there is news to deliver.

    A second result of a slot changes nothing; one that is older than the last slot is stored and changes no
    state. The target's row is locked meanwhile, so that results of several workers come one after another. A
    target that was deleted in the meantime has no results.
    """
    target = Target.objects.select_for_update(no_key=True).filter(pk=target_id).first()
    if target is None or not _store(target, slot, result):
        return False
    if target.last_slot is not None and slot < target.last_slot:
        return False
    _advance(target, slot, result)
    return _recover(target, slot) if result.outcome == Outcome.OK else _suffer(target, result)


def _store(target: Target, slot: datetime, result: Result) -> bool:
    values = {
        "at": result.at,
        "outcome": result.outcome,
        "latency_ms": result.latency_ms,
        "status_code": result.status_code,
        "error": result.error[:300],
    }
    return Probe.objects.get_or_create(target=target, slot=slot, defaults=values)[1]


def _advance(target: Target, slot: datetime, result: Result) -> None:
    failed = result.outcome != Outcome.OK
    state = State.DOWN if failed else State.UP
    if target.state != state:
        target.state, target.state_since = state, slot
    target.consecutive_failures = target.consecutive_failures + 1 if failed else 0
    target.last_slot, target.last_probed_at = slot, result.at
    target.last_latency_ms, target.last_outcome = result.latency_ms, result.outcome
    target.save(update_fields=STATE_FIELDS)


def _suffer(target: Target, result: Result) -> bool:
    """Open an incident if there were enough failures in a row; it began with the first of them."""
    if target.consecutive_failures < target.failure_threshold:
        return False
    values = {"opened_at": target.state_since, "cause": result.outcome, "detail": result.error[:300]}
    incident, opened = Incident.objects.get_or_create(target=target, closed_at=None, defaults=values)
    return opened and _note(incident, Notification.Event.OPENED)


def _recover(target: Target, slot: datetime) -> bool:
    incident = Incident.objects.filter(target=target, closed_at=None).first()
    if incident is None:
        return False
    incident.closed_at = slot
    incident.save(update_fields=["closed_at"])
    return _note(incident, Notification.Event.CLOSED)


def _note(incident: Incident, event: Notification.Event) -> bool:
    """Put news into the outbox, in the same transaction as what it tells; none if nobody is to be told."""
    if not settings.INCIDENT_WEBHOOK_URL:
        return False
    Notification.objects.create(incident=incident, event=event)
    return True
