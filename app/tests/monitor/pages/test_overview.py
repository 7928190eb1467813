"""What is read for the status page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from monitor.models import State, Target
from monitor.selectors.days import DAYS, Day, Level
from monitor.selectors.history import history
from monitor.selectors.incidents import LIMIT
from monitor.selectors.status import Overall, overview, silent_since
from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    ProbeFactory,
    TargetFactory,
)

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)
MINUTE = timedelta(minutes=1)


def target(state: State = State.UP, age: timedelta = MINUTE, **fields: object) -> Target:
    return TargetFactory(state=state, last_probed_at=NOON - age, **fields)


def fill(number: int) -> None:
    for _ in range(number):
        one = target()
        ProbeFactory(target=one, slot=NOON - MINUTE)
        DailyFiguresFactory(target=one, day=TODAY)
        IncidentFactory(target=one, opened_at=NOON - MINUTE)
        IncidentFactory(target=one, opened_at=NOON - 2 * MINUTE, closed_at=NOON - MINUTE)


@pytest.mark.parametrize("number", [1, 25])
def test_the_number_of_queries_does_not_depend_on_targets(
    number: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    fill(number)
    with django_assert_num_queries(4):
        seen = overview(NOON)
    assert len(seen.targets) == len(seen.open) == len(seen.recent) == number


def test_a_target_has_ninety_days_whatever_is_known() -> None:
    one = target()
    DailyFiguresFactory(target=one, day=TODAY, probes=100, failures=1)
    DailyFiguresFactory(target=one, day=TODAY - timedelta(days=DAYS - 1), probes=300, failures=3)
    DailyFiguresFactory(target=one, day=TODAY - timedelta(days=DAYS), probes=1000, failures=1000)
    (status,) = overview(NOON).targets
    assert [status.days[0].probes, status.days[1].probes, status.days[-1].probes] == [300, 0, 100]
    assert [day.day for day in status.days] == [TODAY - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    assert status.uptime == pytest.approx(0.99)


def test_today_is_of_the_products_time_zone() -> None:
    target()
    (status,) = overview(NOON.replace(hour=15)).targets
    assert status.days[-1].day == TODAY + timedelta(days=1), "15:00 UTC is midnight in Seoul"


@pytest.mark.parametrize(
    ("failures", "level"),
    [(0, Level.GOOD), (1, Level.GOOD), (2, Level.PARTIAL), (50, Level.PARTIAL), (51, Level.BAD), (1000, Level.BAD)],
)
def test_a_day_has_a_level(failures: int, level: Level) -> None:
    assert Day(TODAY, 1000, failures).level is level


def test_a_day_without_probes_has_no_uptime() -> None:
    assert (Day(TODAY, 0, 0).uptime, Day(TODAY, 0, 0).level) == (None, Level.NO_DATA)


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        ([], Overall.EMPTY),
        ([State.UNKNOWN], Overall.UNPROBED),
        ([State.UP, State.UNKNOWN], Overall.UP),
        ([State.UP, State.DOWN], Overall.SOME_DOWN),
        ([State.DOWN, State.UNKNOWN], Overall.SOME_DOWN),
        ([State.DOWN, State.DOWN], Overall.ALL_DOWN),
    ],
)
def test_all_targets_together_have_a_state(states: list[State], overall: Overall) -> None:
    for state in states:
        target(state)
    target(State.DOWN, enabled=False)
    assert overview(NOON).overall is overall


def test_figures_are_stale_when_the_newest_probe_is_older_than_three_intervals_and_a_minute() -> None:
    limit = 3 * timedelta(seconds=30) + MINUTE
    one = target(State.DOWN, limit, interval_seconds=30)
    assert overview(NOON).overall is Overall.ALL_DOWN
    later = NOON + timedelta(seconds=1)
    assert (overview(later).overall, overview(later).stale_since) == (Overall.STALE, one.last_probed_at)
    target(State.UP, interval_seconds=30)
    assert overview(later).stale_since is None, "one fresh target shows that probes run"


def test_what_was_never_probed_is_not_stale() -> None:
    assert silent_since([TargetFactory()], datetime.max.replace(tzinfo=NOON.tzinfo)) is None


def test_incidents_are_the_open_ones_and_those_that_ended_lately() -> None:
    one, away = target(), target(enabled=False)
    opened = IncidentFactory(target=one, opened_at=NOON - timedelta(days=40))
    IncidentFactory(target=one, opened_at=NOON - timedelta(days=16), closed_at=NOON - timedelta(days=15))
    recent = IncidentFactory(target=one, opened_at=NOON - timedelta(days=16), closed_at=NOON - timedelta(days=13))
    IncidentFactory(target=away, opened_at=NOON)
    seen = overview(NOON)
    assert [outage.opened_at for outage in seen.open] == [opened.opened_at]
    assert [outage.opened_at for outage in seen.recent] == [recent.opened_at]


def test_a_flapping_target_does_not_make_the_page_endless() -> None:
    one, other = target(), target()
    IncidentFactory(target=other, opened_at=NOON - timedelta(days=1))
    for ago in range(LIMIT + 5):
        IncidentFactory(target=one, opened_at=NOON - (ago + 1) * MINUTE, closed_at=NOON - ago * MINUTE)
    seen = overview(NOON)
    assert (len(seen.open), len(seen.recent)) == (1, LIMIT - 1)
    assert seen.recent[0].closed_at == NOON


def test_a_target_has_twenty_four_hours(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one = target()
    HourlyFiguresFactory(target=one, start=NOON, failures=2)
    HourlyFiguresFactory(target=one, start=NOON - timedelta(hours=23), latency_mean_ms=7)
    HourlyFiguresFactory(target=one, start=NOON - timedelta(hours=24))
    with django_assert_num_queries(5):
        seen = history(one.pk, NOON + MINUTE)
    assert seen is not None
    assert [(hour.probes, hour.mean_ms) for hour in seen.hours] == [(60, 7), *[(0, None)] * 22, (60, 120)]


def test_a_disabled_target_has_no_page() -> None:
    assert history(target(enabled=False).pk, NOON) is None
