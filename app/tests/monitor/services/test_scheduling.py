from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from monitor.models import Target
from monitor.services.scheduling import BATCH_SIZE, EPOCH, batches, mark_queued, slot_of
from tests.factories import NOON, TargetFactory


def due(now: datetime) -> list[tuple[int, datetime]]:
    return [(pk, batch.slot) for batch in batches(now) for pk in batch.target_ids]


moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001
intervals = st.integers(10, 3600)


@given(moments, intervals)
def test_a_slot_is_a_multiple_of_the_interval_and_not_ahead(now: datetime, interval: int) -> None:
    slot = slot_of(now.astimezone(UTC), interval)
    assert (slot - EPOCH) % timedelta(seconds=interval) == timedelta(0)
    assert timedelta(0) <= now - slot < timedelta(seconds=interval)


@given(moments, intervals)
def test_a_slot_is_its_own_slot_and_the_same_in_every_time_zone(now: datetime, interval: int) -> None:
    slot = slot_of(now.astimezone(UTC), interval)
    assert slot_of(slot, interval) == slot
    assert slot_of(now, interval).astimezone(UTC) == slot


@pytest.mark.django_db
def test_what_was_never_queued_is_due_at_once() -> None:
    target = TargetFactory.create(interval_seconds=3600)
    assert due(NOON + timedelta(minutes=59)) == [(target.pk, NOON)]


@pytest.mark.django_db
def test_what_is_disabled_is_never_due() -> None:
    TargetFactory.create(enabled=False)
    assert due(NOON) == []


@pytest.mark.django_db
def test_a_slot_is_due_until_it_is_queued_and_the_next_one_then() -> None:
    target = TargetFactory.create(interval_seconds=60)
    assert due(NOON) == due(NOON + timedelta(seconds=5)) == [(target.pk, NOON)]
    for batch in batches(NOON):
        mark_queued(batch)
    assert due(NOON + timedelta(seconds=59)) == []
    assert due(NOON + timedelta(seconds=60)) == [(target.pk, NOON + timedelta(seconds=60))]


@pytest.mark.django_db
def test_a_late_mark_does_not_bring_an_earlier_slot_back() -> None:
    target = TargetFactory.create(interval_seconds=60)
    early, late = next(batches(NOON)), next(batches(NOON + timedelta(seconds=60)))
    mark_queued(late)
    mark_queued(early)
    assert Target.objects.get(pk=target.pk).scheduled_slot == late.slot


@pytest.mark.django_db
def test_a_longer_interval_begins_with_its_next_slot() -> None:
    target = TargetFactory.create(interval_seconds=60)
    mark_queued(next(batches(NOON + timedelta(minutes=30))))
    Target.objects.update(interval_seconds=3600)
    assert due(NOON + timedelta(minutes=31)) == []
    assert due(NOON + timedelta(minutes=60)) == [(target.pk, NOON + timedelta(minutes=60))]


@pytest.mark.django_db
def test_batches_are_bounded_and_of_one_interval(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    TargetFactory.create_batch(BATCH_SIZE + 1, interval_seconds=60)
    TargetFactory.create_batch(2, interval_seconds=300)
    with django_assert_num_queries(1):
        found = list(batches(NOON + timedelta(seconds=90)))
    assert sorted((len(batch.target_ids), batch.interval_seconds) for batch in found) == [(1, 60), (2, 300), (20, 60)]
    assert {batch.expires_at - batch.slot for batch in found} == {timedelta(seconds=60), timedelta(seconds=300)}
    assert len({pk for batch in found for pk in batch.target_ids}) == BATCH_SIZE + 3
