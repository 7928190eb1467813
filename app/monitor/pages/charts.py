"""The charts of a target: its days, its last hour, its last 24 hours."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from monitor.pages import svg, wording
from monitor.selectors.days import Level
from monitor.selectors.latencies import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.utils.safestring import SafeString

    from monitor.selectors.days import Day
    from monitor.selectors.history import Hour
    from monitor.selectors.latencies import Latencies, Sample

PITCH, BAR, HEIGHT = 10, 7, 36
HEIGHTS = {Level.GOOD: HEIGHT, Level.PARTIAL: 27, Level.BAD: 18, Level.NO_DATA: 6}
"""A bar's height tells its level as its colour does (WCAG 2.2, 1.4.1)."""

SPARK_WIDTH, SPARK_HEIGHT, MARGIN = 180, 36, 4
HOUR_PITCH, HOURS_HEIGHT = 30, 160
HEADROOM = 1.15
ROUND = (1, 2, 3, 4, 6, 8, 10)


def bars(days: Sequence[Day], label: str) -> SafeString:
    """One bar for each day, the oldest first; a tooltip says what it stands for."""
    known, unknown = _("%(day)s: %(uptime)s up, %(probes)s probes, %(failures)s failed"), _("%(day)s: no data")
    names = wording.days(tuple(day.day for day in days))
    shapes = "".join(
        _bar(place * PITCH + 1, day, (known if day.probes else unknown) % _facts(name, day))
        for place, (name, day) in enumerate(zip(names, days, strict=True))
    )
    return svg.image("bars", (len(days) * PITCH, HEIGHT), label, shapes, stretched=True)


def sparkline(latencies: Latencies, label: str) -> SafeString:
    """The latencies of the last hour, with a vertical line wherever a probe failed."""
    top = max((sample.latency_ms or 0 for sample in latencies.samples), default=0) * HEADROOM or 1
    lines = [[_spark_point(sample, top) for sample in run] for run in _runs(latencies.samples)]
    lost = "".join(
        f"M{_spark_x(sample.step):g} {MARGIN}V{SPARK_HEIGHT}" for sample in latencies.samples if sample.failed
    )
    shapes = _curve("area", (svg.area(points, SPARK_HEIGHT) for points in lines)) + _curve("lost", [lost])
    shapes += _curve("line", map(svg.line, lines))
    if lines:
        x, y = lines[-1][-1]
        shapes += f'<circle class="last" cx="{x:g}" cy="{y:g}" r="2.5"/>'
    return svg.image("sparkline", (SPARK_WIDTH, SPARK_HEIGHT), label, shapes)


def ceiling(hours: Iterable[Hour]) -> int:
    """A round number of ms that no latency of these hours exceeds; 100 without any."""
    most = max((hour.p95_ms or hour.mean_ms or 0 for hour in hours), default=0)
    scale = 10
    while most > scale * 10:
        scale *= 10
    return next(step * scale for step in ROUND if step * scale >= most) if most else 100


def day_of_latencies(hours: Sequence[Hour], label: str) -> SafeString:
    """Mean and 95th percentile of each hour as lines from 0 to `ceiling`; a bar below marks an hour with failures."""
    top = ceiling(hours)
    means, highs = _hour_lines(hours, lambda hour: hour.mean_ms, top), _hour_lines(hours, lambda hour: hour.p95_ms, top)
    width = len(hours) * HOUR_PITCH
    shapes = f'<path class="grid" d="M0 0H{width}M0 {HOURS_HEIGHT / 2:g}H{width}M0 {HOURS_HEIGHT}H{width}"/>'
    shapes += _curve("area", (svg.area(points, HOURS_HEIGHT) for points in means))
    shapes += _curve("high", map(svg.line, highs)) + _curve("line", map(svg.line, means))
    shapes += "".join(_hour(place, hour) for place, hour in enumerate(hours))
    return svg.image("hours", (width, HOURS_HEIGHT), label, shapes, stretched=True)


def _facts(name: str, day: Day) -> dict[str, str]:
    figures = {"uptime": wording.percent(day.uptime), "probes": f"{day.probes:,}", "failures": f"{day.failures:,}"}
    return {"day": name, **figures}


def _bar(x: int, day: Day, title: str) -> str:
    level = day.level
    height = HEIGHTS[level]
    box = f'x="{x}" y="{HEIGHT - height}" width="{BAR}" height="{height}" rx="1.5"'
    return svg.titled(f'rect class="{level}" {box}', title)


def _curve(kind: str, paths: Iterable[str]) -> str:
    drawn = "".join(paths)
    return f'<path class="{kind}" d="{drawn}"/>' if drawn else ""


def _runs(samples: Iterable[Sample]) -> list[list[Sample]]:
    """The parts of the line: it is broken where nothing answered."""
    runs = groupby(samples, key=lambda sample: sample.latency_ms is not None)
    return [list(run) for answered, run in runs if answered]


def _spark_x(step: int) -> float:
    return MARGIN + round(step * (SPARK_WIDTH - 2 * MARGIN) / (SAMPLES - 1), 1)


def _spark_point(sample: Sample, top: float) -> svg.Point:
    return _spark_x(sample.step), round(SPARK_HEIGHT - 1 - (sample.latency_ms or 0) / top * (SPARK_HEIGHT - MARGIN), 1)


def _hour_lines(hours: Sequence[Hour], figure: Callable[[Hour], int | None], top: int) -> list[list[svg.Point]]:
    points = [(place, figure(hour)) for place, hour in enumerate(hours)]
    runs = groupby(points, key=lambda point: point[1] is not None)
    return [[_hour_point(place, value or 0, top) for place, value in run] for known, run in runs if known]


def _hour_point(place: int, value: int, top: int) -> svg.Point:
    return (place + 0.5) * HOUR_PITCH, round(HOURS_HEIGHT * (1 - value / top), 1)


def _hour(place: int, hour: Hour) -> str:
    """A mark if probes failed, and a strip of full height that has the tooltip."""
    x = place * HOUR_PITCH
    mark = f'<path class="lost" d="M{x + 3} {HOURS_HEIGHT - 3}h{HOUR_PITCH - 6}"/>' if hour.failures else ""
    text = _("%(time)s: mean %(mean)s, 95%% within %(high)s, %(failures)s of %(probes)s probes failed")
    facts = {"time": wording.clock(hour.start), "mean": wording.milliseconds(hour.mean_ms)}
    facts |= {"high": wording.milliseconds(hour.p95_ms), "failures": f"{hour.failures:,}", "probes": f"{hour.probes:,}"}
    strip = f'rect class="strip" x="{x}" y="0" width="{HOUR_PITCH}" height="{HOURS_HEIGHT}"'
    return mark + svg.titled(strip, text % facts)
