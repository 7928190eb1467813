"""Figures and times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.pages import wording

unhurried = settings(deadline=None)


@unhurried
@example((5, 4))
@given(st.integers(1, 10**6).flatmap(lambda probes: st.tuples(st.just(probes), st.integers(0, probes))))
def test_a_percentage_is_cut_and_never_flatters(counts: tuple[int, int]) -> None:
    probes, failures = counts
    said = wording.percent(1 - failures / probes)
    assert (said == "100%") == (failures == 0)
    assert float(said.rstrip("%")) == (probes - failures) * 10_000 // probes / 100


@pytest.mark.parametrize(
    ("share", "said"), [(None, "\N{EN DASH}"), (0, "0.00%"), (0.9993, "99.93%"), (0.999999, "99.99%")]
)
def test_percentages(share: float | None, said: str) -> None:
    assert wording.percent(share) == said


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (-3, "0 s", "0초"),
        (59, "59 s", "59초"),
        (60, "1 min", "1분"),
        (7500, "2 h 5 min", "2시간 5분"),
        (90_000, "1 d 1 h", "1일 1시간"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: int, english: str, korean: str) -> None:
    with override("en"):
        assert wording.duration(timedelta(seconds=seconds)) == english
    with override("ko"):
        assert wording.duration(timedelta(seconds=seconds)) == korean


def test_times_are_of_the_products_time_zone_and_the_readers_language() -> None:
    moment = datetime(2026, 3, 2, 15, 4, 5, tzinfo=UTC)
    with override("en"):
        assert wording.exact_moment(moment) == "3 Mar 2026, 00:04:05 KST"
    with override("ko"):
        assert wording.exact_moment(moment) == "2026년 3월 3일 00:04:05 KST"


def test_a_span_names_the_day_only_where_it_is_another() -> None:
    opened = datetime(2026, 3, 2, 14, 50, tzinfo=UTC)
    with override("en"):
        assert wording.span(opened, opened + timedelta(minutes=5)) == "23:50 \N{EN DASH} 23:55"
        assert wording.span(opened, opened + timedelta(minutes=15)) == "23:50 \N{EN DASH} 3 Mar, 00:05"
