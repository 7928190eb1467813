"""Cron's schedules as calendar events of systemd, judged by a matcher of each."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.spec.schedule import Schedule
from kkinfra_compose.schedule import on_calendar
from programs import need

WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


@st.composite
def parts(draw, low, high):
    form = draw(st.sampled_from(["*", "*/n", "a", "a-b", "a-b/n", "a/n"]))
    first = draw(st.integers(low, high))
    last = draw(st.integers(first, high))
    step = draw(st.integers(1, 20))
    return form.replace("n", str(step)).replace("a", str(first)).replace("b", str(last))


def field(low, high):
    return st.lists(parts(low, high), min_size=1, max_size=3).map(",".join)


schedules = st.tuples(*(field(*limits) for limits in RANGES)).map(" ".join)
moments = st.integers(0, 5 * 366 * 1440).map(lambda late: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=late))


def part_has(part, number, low, high):
    span, _, step = part.partition("/")
    first, _, last = ("", "", "") if span == "*" else span.partition("-")
    start = int(first) if first else low
    end = int(last) if last else (start if first and not step else high)
    return start <= number <= end and (number - start) % int(step or 1) == 0


def cron_runs(schedule, moment):
    """As robfig/cron 3 decides, which Kubernetes uses."""
    values = [moment.minute, moment.hour, moment.day, moment.month, moment.isoweekday() % 7]
    hit, free = [], []
    for text, value, (low, high) in zip(schedule.split(), values, RANGES, strict=True):
        hit.append(any(part_has(part, value, low, high) for part in text.split(",")))
        free.append(any(part in ("*", "*/1") for part in text.split(",")))
    day = (hit[2] and hit[4]) if free[2] or free[4] else (hit[2] or hit[4])
    return hit[0] and hit[1] and hit[3] and day


def calendar_runs(event, moment):
    match = re.fullmatch(r"(?:(\S+) )?\*-(\S+)-(\S+) (\S+):(\S+):00 UTC", event)
    weekdays, *fields = match.groups()
    if weekdays and WEEKDAYS[moment.weekday()] not in weekdays.split(","):
        return False
    values = [moment.month, moment.day, moment.hour, moment.minute]
    return all(text == "*" or value in map(int, text.split(",")) for text, value in zip(fields, values, strict=True))


@given(schedules, moments)
def test_a_timer_runs_when_cron_would(schedule, moment):
    events = on_calendar(Schedule.parse(schedule))
    for offset in (0, 1, 7, 60, 1440, 10080):
        then = moment + timedelta(minutes=offset)
        assert any(calendar_runs(event, then) for event in events) == cron_runs(schedule, then)


@pytest.mark.parametrize(
    ("schedule", "events"),
    [
        ("0 3 * * *", ("*-*-* 03:00:00 UTC",)),
        ("@weekly", ("Sun *-*-* 00:00:00 UTC",)),
        ("*/15 9-17 * * 1-5", ("Mon,Tue,Wed,Thu,Fri *-*-* 09,10,11,12,13,14,15,16,17:00,15,30,45:00 UTC",)),
        ("0 0 13 * 5", ("*-*-13 00:00:00 UTC", "Fri *-*-* 00:00:00 UTC")),
        ("0 0 1 */3 *", ("*-01,04,07,10-01 00:00:00 UTC",)),
    ],
)
def test_schedules_read_as_one_would_write_them(schedule, events):
    assert on_calendar(Schedule.parse(schedule)) == events


@pytest.mark.parametrize("schedule", ["*/5 * * * *", "0 0 13 * 5", "7/20 */3 1,15 2-4 1-5", "@monthly"])
def test_systemd_runs_when_cron_would(schedule):
    analyze = need("systemd-analyze")
    start = datetime(2026, 1, 30, 23, 59, tzinfo=UTC)
    for event in on_calendar(Schedule.parse(schedule)):
        command = [analyze, "calendar", "--iterations=3", f"--base-time={start:%Y-%m-%d %H:%M:%S} UTC", event]
        told = subprocess.run(
            command, capture_output=True, text=True, env={"TZ": "UTC", "PATH": "/usr/bin"}, check=False
        )
        assert told.returncode == 0, told.stderr
        times = re.findall(r"(\d{4}-\d\d-\d\d \d\d:\d\d):\d\d UTC", told.stdout)
        assert times
        for time in times:
            assert cron_runs(
                " ".join(Schedule.parse(schedule).fields), datetime.strptime(time, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
            )
