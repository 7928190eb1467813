"""The last hour of a target."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models import Outcome
from monitor.selectors.latencies import SAMPLES, SPAN, STEP, Latencies, Look, Sample, latencies_of, summarize
from tests.factories import NOON, ProbeFactory, TargetFactory

unhurried = settings(deadline=None)
LOOKS = st.lists(
    st.builds(
        Look,
        st.floats(0, SPAN.total_seconds()).map(lambda seconds: NOON + timedelta(seconds=seconds)),
        st.none() | st.integers(0, 20_000),
    ),
    min_size=1,
).map(lambda looks: sorted(looks, key=lambda look: look.slot))


@unhurried
@given(LOOKS)
def test_any_number_of_probes_becomes_sixty_samples_at_most(looks: list[Look]) -> None:
    latencies = summarize(looks, NOON)
    steps = [sample.step for sample in latencies.samples]
    assert steps == sorted(set(steps))
    assert set(steps) <= set(range(SAMPLES))
    assert any(sample.failed for sample in latencies.samples) == any(look.latency_ms is None for look in looks)


@unhurried
@given(LOOKS)
def test_samples_and_percentile_lie_within_what_was_measured(looks: list[Look]) -> None:
    latencies = summarize(looks, NOON)
    good = [look.latency_ms for look in looks if look.latency_ms is not None]
    drawn = [sample.latency_ms for sample in latencies.samples if sample.latency_ms is not None]
    assert (latencies.p95_ms in good) if good else (latencies.p95_ms is None)
    assert all(min(good) <= latency <= max(good) for latency in drawn)
    assert sum(latency > (latencies.p95_ms or 0) for latency in good) <= len(good) * 0.05


def test_probes_of_one_step_are_one_sample() -> None:
    looks = [Look(NOON, 100), Look(NOON + STEP / 2, 200), Look(NOON + STEP, None), Look(NOON + SPAN, 50)]
    samples = (Sample(0, 150, failed=False), Sample(1, None, failed=True), Sample(59, 50, failed=False))
    assert summarize(looks, NOON) == Latencies(samples, last_ms=50, p95_ms=200)


def test_the_last_latency_is_unknown_after_a_failure() -> None:
    assert summarize([Look(NOON, 100), Look(NOON + STEP, None)], NOON).last_ms is None


@pytest.mark.django_db
def test_only_the_last_hour_of_the_targets_asked_for_is_read() -> None:
    one = TargetFactory()
    for slot in (NOON - SPAN - STEP, NOON - SPAN, NOON, NOON + STEP):
        ProbeFactory(target=one, slot=slot, latency_ms=5)
    ProbeFactory(slot=NOON)
    ProbeFactory(target=one, slot=NOON - STEP, outcome=Outcome.WRONG_STATUS, latency_ms=900)
    samples = (Sample(0, 5, failed=False), Sample(59, 5, failed=True))
    assert latencies_of([one.pk], NOON) == {one.pk: Latencies(samples, last_ms=5, p95_ms=5)}
