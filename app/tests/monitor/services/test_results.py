from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models import Incident, Notification, Outcome, Probe, State, Target
from monitor.services.probing import Result
from monitor.services.results import record
from tests.factories import NOON, TargetFactory

pytestmark = pytest.mark.django_db
GOOD = Result(Outcome.OK, 100, 200)
BAD = Result(Outcome.WRONG_STATUS, 50, 500, "status 500 instead of 200")
SLOW = Result(Outcome.TIMEOUT, error="no complete answer within the timeout")


def slot(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def after(*results: Result, threshold: int = 3) -> Target:
    target = TargetFactory.create(failure_threshold=threshold)
    for number, result in enumerate(results):
        record(target.pk, slot(number), result)
    target.refresh_from_db()
    return target


def test_a_first_success_makes_a_target_up() -> None:
    target = after(GOOD)
    assert (target.state, target.state_since, target.last_slot) == (State.UP, slot(0), slot(0))
    assert (target.last_latency_ms, target.last_outcome, target.last_probed_at) == (100, Outcome.OK, GOOD.at)


def test_a_failure_makes_a_target_down_at_once_but_opens_no_incident() -> None:
    target = after(GOOD, BAD, BAD)
    assert (target.state, target.state_since, target.consecutive_failures) == (State.DOWN, slot(1), 2)
    assert not target.incidents.exists()


def test_enough_failures_in_a_row_open_an_incident_that_began_with_the_first() -> None:
    incident = after(GOOD, SLOW, BAD, BAD).incidents.get()
    assert (incident.opened_at, incident.closed_at) == (slot(1), None)
    assert (incident.cause, incident.detail) == (Outcome.WRONG_STATUS, BAD.error)


def test_failures_that_are_not_in_a_row_open_none() -> None:
    assert not after(BAD, BAD, GOOD, BAD, BAD, GOOD).incidents.exists()


def test_a_success_closes_the_incident_and_the_next_row_of_failures_opens_another() -> None:
    target = after(BAD, BAD, GOOD, GOOD, BAD, BAD, BAD, threshold=2)
    second, first = target.incidents.all()
    assert (first.opened_at, first.closed_at) == (slot(0), slot(2))
    assert (second.opened_at, second.closed_at) == (slot(4), None)


def test_a_late_result_is_stored_and_changes_no_state() -> None:
    target = after(GOOD, GOOD)
    early = NOON - timedelta(minutes=1)
    record(target.pk, early, BAD)
    target.refresh_from_db()
    assert (target.state, target.consecutive_failures, target.last_slot) == (State.UP, 0, slot(1))
    assert target.probes.filter(slot=early, outcome=Outcome.WRONG_STATUS).exists()


def test_the_first_result_of_a_slot_counts() -> None:
    target = after(GOOD)
    record(target.pk, slot(0), BAD)
    assert target.probes.get().outcome == Outcome.OK
    assert Target.objects.get(pk=target.pk).state == State.UP


def test_a_target_that_was_deleted_meanwhile_has_no_results() -> None:
    assert record(4711, NOON, GOOD) is False
    assert not Probe.objects.exists()


def test_a_reason_that_is_too_long_is_cut() -> None:
    target = after(Result(Outcome.DNS, error="x" * 1000), threshold=1)
    assert len(target.probes.get().error) == len(target.incidents.get().detail) == 300


def test_news_go_to_the_outbox_if_somebody_is_to_be_told(settings: LazySettings) -> None:
    settings.INCIDENT_WEBHOOK_URL = "https://hooks.example/secret"
    target = TargetFactory.create(failure_threshold=2)
    assert [record(target.pk, slot(n), r) for n, r in enumerate([BAD, BAD, BAD, GOOD, GOOD])] == [
        *(False, True, False),
        *(True, False),
    ]
    events = Notification.objects.order_by("pk").values_list("event", "incident__target")
    assert list(events) == [("opened", target.pk), ("closed", target.pk)]


def test_no_news_pile_up_if_nobody_is_to_be_told() -> None:
    after(BAD, GOOD, threshold=1)
    assert Incident.objects.exists()
    assert not Notification.objects.exists()


def test_a_failure_while_storing_stores_nothing(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    settings.INCIDENT_WEBHOOK_URL = "https://hooks.example/secret"
    target = TargetFactory.create(failure_threshold=1)
    monkeypatch.setattr(Notification.objects, "create", lambda **_values: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(target.pk, NOON, BAD)
    assert not Probe.objects.exists()
    assert not Incident.objects.exists()
    assert Target.objects.get().state == State.UNKNOWN


arrivals = st.lists(st.tuples(st.integers(0, 12), st.sampled_from([GOOD, BAD, SLOW])), min_size=1, max_size=12)


def seen(target: Target) -> tuple[object, ...]:
    return (
        Target.objects.filter(pk=target.pk).values().get(),
        list(target.probes.order_by("slot").values()),
        list(target.incidents.order_by("pk").values()),
        list(Notification.objects.filter(incident__target=target).order_by("pk").values()),
    )


def check_invariants(target: Target, last: tuple[datetime, Outcome]) -> None:
    target.refresh_from_db()
    assert target.last_slot == last[0]
    assert target.state == (State.UP if last[1] == Outcome.OK else State.DOWN)
    still_open = target.incidents.filter(closed_at=None)
    assert still_open.count() == int(target.consecutive_failures >= target.failure_threshold)


def replay(target: Target, results: Sequence[tuple[int, Result]]) -> None:
    for number, result in results:
        record(target.pk, slot(number), result)


@settings(max_examples=25, deadline=None)
@given(arrivals, st.integers(1, 4))
def test_whatever_comes_in_whatever_order_the_state_is_that_of_the_latest(
    results: list[tuple[int, Result]], threshold: int
) -> None:
    with transaction.atomic():
        target = TargetFactory.create(failure_threshold=threshold)
        latest: tuple[datetime, Outcome] | None = None
        for number, result in results:
            record(target.pk, slot(number), result)
            if latest is None or slot(number) > latest[0]:
                latest = (slot(number), result.outcome)
            check_invariants(target, latest)
        before = seen(target)
        replay(target, results)
        assert seen(target) == before
        transaction.set_rollback(True)
