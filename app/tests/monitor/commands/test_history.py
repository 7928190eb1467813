import io
import sys
from datetime import timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from monitor.management.history import daily
from monitor.management.invention import Past, Temper
from monitor.models import DailyFigures, HourlyFigures, Incident, Notification, Probe, State, Target
from monitor.selectors.status import overview
from monitor.services.rollups import roll_up
from tests.factories import NOON, IncidentFactory, TargetFactory

pytestmark = pytest.mark.django_db


def figures() -> list[tuple[object, ...]]:
    hours = HourlyFigures.objects.order_by("target", "start").values_list("target", "start", "probes", "failures")
    days = DailyFigures.objects.order_by("target", "day").values_list("target", "day", "probes", "failures")
    return [*hours, *days]


def test_targets_have_a_past_and_a_present() -> None:
    call_command("history", targets=10, days=5, stdout=io.StringIO())

    seen = overview(timezone.now())
    assert len(seen.targets) == 10
    for status in seen.targets:
        assert [day.probes for day in status.days[-5:-1]] == [1440] * 4
        assert status.uptime is not None
        assert status.uptime > 0.8
        assert status.latencies.samples
    assert [status.target.state for status in seen.targets].count(State.DOWN) == len(seen.open) == 1
    assert not Notification.objects.exists()


def test_the_past_is_one_that_the_product_could_have_seen() -> None:
    call_command("history", targets=10, days=3, stdout=io.StringIO())
    before = figures()

    roll_up(timezone.now())

    assert figures() == before
    for target in Target.objects.all():
        last = target.probes.latest("slot")
        assert (target.last_slot, target.last_outcome, target.last_latency_ms) == (
            last.slot,
            last.outcome,
            last.latency_ms,
        )


def test_troubles_cost_the_probes_of_their_time() -> None:
    past = Past(TargetFactory.create(), Temper(troubles=30), 60, NOON, Random(1))  # noqa: S311 - not a secret
    hours = list(past.hours())

    lost = sum(hour.failures for hour in hours)
    minutes = sum((trouble.end - trouble.begin for trouble in past.troubles), timedelta()) / timedelta(minutes=1)

    assert past.troubles
    assert lost == pytest.approx(minutes, rel=0.1)
    assert sum(day.failures for day in daily(hours)) == lost


def test_the_probe_that_is_due_is_left_for_the_product() -> None:
    past = Past(TargetFactory.create(interval_seconds=60), Temper(), 1, NOON + timedelta(seconds=30), Random(1))  # noqa: S311 - as above

    assert max(probe.slot for probe in past.probes()) == NOON - timedelta(minutes=1)


def test_the_same_seed_and_time_make_the_same_past() -> None:
    target = TargetFactory.create()

    first, second, other = (Past(target, Temper(), 9, NOON, Random(seed)) for seed in (1, 1, 2))  # noqa: S311 - as above

    assert [hour.latency_mean_ms for hour in first.hours()] == [hour.latency_mean_ms for hour in second.hours()]
    assert first.troubles == second.troubles != other.troubles


def test_a_database_with_targets_stays_as_it_is() -> None:
    IncidentFactory.create()

    with pytest.raises(CommandError, match="This database has 1 targets; nothing was changed"):
        call_command("history")

    assert (Target.objects.count(), Incident.objects.count()) == (1, 1)


@pytest.mark.parametrize("answer", ["", "no\n", "y\n"])
def test_targets_are_deleted_only_after_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    TargetFactory.create()
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))

    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("history", replace=True)

    assert Target.objects.count() == 1


@pytest.mark.parametrize("options", [{}, {"noinput": True}])
def test_targets_are_replaced(monkeypatch: pytest.MonkeyPatch, options: dict[str, bool]) -> None:
    old = TargetFactory.create()
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))

    call_command("history", targets=2, days=1, replace=True, stdout=io.StringIO(), **options)

    assert Target.objects.count() == 2
    assert not Target.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize("option", ["--targets=0", "--targets=x", "--targets=1001", "--days=0", "--days=401"])
def test_numbers_have_limits(option: str) -> None:
    with pytest.raises(CommandError, match="is no number from"):
        call_command("history", option)

    assert not Probe.objects.exists()
