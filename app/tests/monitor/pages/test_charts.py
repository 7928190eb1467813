"""Charts."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.pages import charts, svg
from monitor.selectors.days import Day
from monitor.selectors.history import Hour
from monitor.selectors.latencies import SAMPLES, Latencies, Sample
from tests.factories import NOON

unhurried = settings(deadline=None)
MS = st.none() | st.integers(0, 30_000)
HOURS = st.lists(st.tuples(st.integers(0, 400), MS, MS), min_size=24, max_size=24).map(
    lambda rows: [Hour(NOON + timedelta(hours=at), 400, *row) for at, row in enumerate(rows)]
)


def parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 - the product's own


def numbers(path: str) -> list[float]:
    return [float(word) for word in path.replace("M", " ").replace("h0", "").split()]


def test_each_day_has_a_bar_that_says_what_it_is() -> None:
    days = [Day(date(2026, 3, 1), 1440, 30), Day(date(2026, 3, 2), 0, 0)]
    with override("en"):
        root = parsed(charts.bars(days, "a <label>"))
    assert (root.get("role"), root.get("aria-label")) == ("img", "a <label>")
    assert [(bar.get("class"), bar.findtext("title")) for bar in root] == [
        ("partial", "1 Mar 2026: 97.91% up, 1,440 probes, 30 failed"),
        ("none", "2 Mar 2026: no data"),
    ]


def test_levels_differ_by_height_and_not_by_colour_alone() -> None:
    days = [Day(date(2026, 3, 1), probes, failures) for probes, failures in ((100, 0), (100, 3), (100, 50), (0, 0))]
    heights = [bar.get("height") for bar in parsed(charts.bars(days, ""))]
    assert len(set(heights)) == 4


@unhurried
@given(st.lists(st.tuples(MS, st.booleans()), max_size=SAMPLES))
def test_a_sparkline_stays_in_its_frame_and_is_broken_where_nothing_answered(
    rows: list[tuple[int | None, bool]],
) -> None:
    samples = tuple(Sample(step, latency, failed) for step, (latency, failed) in enumerate(rows))
    root = parsed(charts.sparkline(Latencies(samples), "label"))
    drawn = "".join(path.get("d", "") for path in root if path.get("class") == "line")
    answered = "".join(" " if latency is None else "x" for latency, _ in rows).split()
    assert drawn.count("M") == len(answered)
    points = numbers(drawn)
    assert len(points) == 2 * sum(map(len, answered))
    assert all(0 <= x <= charts.SPARK_WIDTH for x in points[::2])
    assert all(0 <= y <= charts.SPARK_HEIGHT for y in points[1::2])


@unhurried
@given(HOURS)
def test_the_day_of_latencies_stays_in_its_frame(hours: list[Hour]) -> None:
    root = parsed(charts.day_of_latencies(hours, "label"))
    top = charts.ceiling(hours)
    known = [hour.mean_ms for hour in hours if hour.mean_ms is not None and hour.mean_ms <= top]
    means = [path.get("d", "") for path in root if path.get("class") == "line"]
    assert sum(len(numbers(path)) for path in means) >= 2 * len(known)
    assert len([strip for strip in root if strip.get("class") == "strip"]) == len(hours)


@pytest.mark.parametrize(
    ("most", "top"), [(None, 100), (0, 100), (9, 10), (10, 10), (11, 20), (101, 200), (7999, 8000)]
)
def test_the_scale_ends_at_a_round_number(most: int | None, top: int) -> None:
    assert charts.ceiling([Hour(NOON, 60, 0, None, most)]) == top


@unhurried
@given(st.integers(1, 10**7))
def test_the_scale_holds_all_and_is_used_to_half(most: int) -> None:
    assert most <= charts.ceiling([Hour(NOON, 60, 0, most, None)]) <= max(2 * most, 10)


def test_what_others_wrote_is_escaped() -> None:
    drawn = svg.image("x", (1, 1), '"><script>', svg.titled("rect", "<b>"))
    assert "<script>" not in drawn
    assert parsed(drawn).findtext("rect/title") == "<b>"
