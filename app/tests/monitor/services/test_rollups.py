import statistics
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from monitor.models import DailyFigures, HourlyFigures, Outcome, Probe
from monitor.services.rollups import nearest_rank, roll_up, rolled_up_before
from tests.factories import NOON, HourlyFiguresFactory, ProbeFactory, TargetFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
FIELDS = ("probes", "failures", "latency_mean_ms", "latency_p95_ms")


def test_an_hour_has_its_own_probes_alone() -> None:
    target = TargetFactory.create()
    for minute, latency in ((-1, 900), (0, 100), (30, 201), (59, 300), (60, 900)):
        ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=minute), latency_ms=latency)
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=1), outcome=Outcome.TIMEOUT, latency_ms=None)
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=2), outcome=Outcome.WRONG_STATUS, latency_ms=9)
    roll_up(NOON + 2 * HOUR)
    assert HourlyFigures.objects.filter(start=NOON).values_list(*FIELDS).get() == (5, 2, 200, 300)
    assert HourlyFigures.objects.count() == 3


def test_an_hour_of_failures_has_no_latency() -> None:
    ProbeFactory.create(slot=NOON, outcome=Outcome.DNS, latency_ms=None)
    roll_up(NOON)
    assert HourlyFigures.objects.values_list(*FIELDS).get() == (1, 1, None, None)
    assert DailyFigures.objects.values_list(*FIELDS).get() == (1, 1, None, None)


def test_the_present_hour_grows() -> None:
    target = ProbeFactory.create(slot=NOON).target
    roll_up(NOON)
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=1))
    roll_up(NOON + timedelta(minutes=1))
    assert HourlyFigures.objects.get().probes == 2


def test_a_late_probe_gets_into_the_figures_of_its_hour() -> None:
    target = ProbeFactory.create(slot=NOON).target
    roll_up(NOON + 2 * HOUR)
    ProbeFactory.create(target=target, slot=NOON + timedelta(minutes=30))
    roll_up(NOON + 2 * HOUR + timedelta(minutes=59))
    assert HourlyFigures.objects.get(start=NOON).probes == 2


def test_all_hours_of_an_outage_are_caught_up() -> None:
    target = ProbeFactory.create(slot=NOON).target
    roll_up(NOON)
    for hours in range(30):
        ProbeFactory.create(target=target, slot=NOON + hours * HOUR + timedelta(minutes=1))
    roll_up(NOON + 30 * HOUR)
    assert list(HourlyFigures.objects.order_by("start").values_list("probes", flat=True)) == [2] + [1] * 29
    assert DailyFigures.objects.aggregate(all=Sum("probes"))["all"] == 31


def test_a_run_that_was_cut_short_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    target = ProbeFactory.create(slot=NOON).target
    for hours in range(1, 50):
        ProbeFactory.create(target=target, slot=NOON + hours * HOUR)
    now = NOON + 50 * HOUR
    complete = HourlyFigures.objects.bulk_create
    left = iter(range(20))

    def until_cut(*args: object, **kwargs: object) -> object:
        return complete(*args, **kwargs) if next(left, None) is not None else 1 / 0  # type: ignore[arg-type]

    monkeypatch.setattr(HourlyFigures.objects, "bulk_create", until_cut)
    with pytest.raises(ZeroDivisionError):
        roll_up(now)
    monkeypatch.undo()
    roll_up(now)
    assert HourlyFigures.objects.count() == 50
    assert list(DailyFigures.objects.order_by("day").values_list("probes", flat=True)) == [3, 24, 23]


def test_days_are_those_of_the_time_zone(settings: LazySettings) -> None:
    target = TargetFactory.create()
    for hour in (14, 15):  # 23:00 and 00:00 in Seoul
        ProbeFactory.create(target=target, slot=datetime(2026, 3, 2, hour, 30, tzinfo=UTC))
    roll_up(datetime(2026, 3, 2, 16, tzinfo=UTC))
    assert list(DailyFigures.objects.order_by("day").values_list("day", "probes")) == [
        (date(2026, 3, 2), 1),
        (date(2026, 3, 3), 1),
    ]


def test_a_day_weighs_its_hours_and_has_the_worst_percentile() -> None:
    target = TargetFactory.create()
    figures = {"target": target, "failures": 0}
    HourlyFiguresFactory.create(start=NOON, probes=10, latency_mean_ms=100, latency_p95_ms=400, **figures)
    HourlyFiguresFactory.create(start=NOON - HOUR, probes=30, latency_mean_ms=200, latency_p95_ms=300, **figures)
    roll_up(NOON)
    assert DailyFigures.objects.values_list(*FIELDS).get() == (40, 0, 175, 400)


def test_queries_do_not_grow_with_targets(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in (1, 10):
        for target in TargetFactory.create_batch(number):
            ProbeFactory.create(target=target, slot=NOON)
        roll_up(NOON)
        with django_assert_num_queries(7):
            roll_up(NOON)


def test_nothing_at_all_is_no_error() -> None:
    roll_up(NOON)
    assert rolled_up_before(NOON) == NOON


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=300))
def test_a_nearest_rank_is_the_smallest_number_that_enough_do_not_exceed(numbers: list[int]) -> None:
    numbers.sort()
    found = nearest_rank(95, numbers)
    assert found in numbers
    assert sum(number <= found for number in numbers) * 100 >= 95 * len(numbers)
    assert sum(number < found for number in numbers) * 100 < 95 * len(numbers)
    assert nearest_rank(50, numbers) == statistics.median_low(numbers)


minutes = st.integers(0, 28 * 60)
outcomes = st.sampled_from([(Outcome.OK, 1), (Outcome.OK, 70), (Outcome.OK, 5000), (Outcome.TIMEOUT, None)])
histories = st.lists(st.dictionaries(minutes, outcomes, max_size=15), min_size=1, max_size=3)


@example_settings(max_examples=15, deadline=None)
@given(histories, st.lists(minutes, max_size=2))
def test_figures_add_up_to_the_probes_however_often_they_are_computed(
    histories: list[dict[int, tuple[Outcome, int | None]]], runs: list[int]
) -> None:
    with transaction.atomic():
        for history in histories:
            target = TargetFactory.create()
            Probe.objects.bulk_create(
                ProbeFactory.build(
                    target=target, slot=NOON + timedelta(minutes=minute), outcome=outcome, latency_ms=latency
                )
                for minute, (outcome, latency) in history.items()
            )
        end = NOON + timedelta(hours=30)
        for now in (*(NOON + timedelta(minutes=minute) for minute in sorted(runs)), end):
            roll_up(now)
        first = [list(model.objects.order_by("pk").values()) for model in (HourlyFigures, DailyFigures)]
        for model in (HourlyFigures, DailyFigures):
            sums = model.objects.aggregate(probes=Sum("probes", default=0), failures=Sum("failures", default=0))
            assert sums["probes"] == Probe.objects.count()
            assert sums["failures"] == Probe.objects.exclude(outcome=Outcome.OK).count()
        roll_up(end)
        assert [list(model.objects.order_by("pk").values()) for model in (HourlyFigures, DailyFigures)] == first
        transaction.set_rollback(True)
