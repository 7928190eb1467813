"""What is away is not waited for by every request."""

from __future__ import annotations

from contextlib import suppress

import pytest

from monitor.pages import breaker
from monitor.pages.breaker import Away, Breaker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(breaker, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def broken(clock: list[float]) -> Breaker:
    one = Breaker("It", OSError)
    with pytest.raises(Away, match="It"), one.trying():
        raise ConnectionRefusedError
    return one


def tries(one: Breaker) -> bool:
    with suppress(Away), one.trying():
        return True
    return False


def test_nobody_tries_until_the_pause_is_over(broken: Breaker, clock: list[float]) -> None:
    clock[0] += breaker.PAUSE_SECONDS - 0.01
    assert not tries(broken)
    assert broken.away
    clock[0] += 0.02
    assert tries(broken)
    assert not broken.away


def test_after_the_pause_one_tries_and_the_others_go_on_without(broken: Breaker, clock: list[float]) -> None:
    clock[0] += breaker.PAUSE_SECONDS + 1
    with broken.trying():
        assert not tries(broken)
        assert broken.away
    assert tries(broken)


def test_a_failed_try_begins_another_pause(broken: Breaker, clock: list[float]) -> None:
    clock[0] += breaker.PAUSE_SECONDS
    with suppress(Away), broken.trying():
        raise OSError
    assert not tries(broken)
    clock[0] += breaker.PAUSE_SECONDS
    assert tries(broken)


def test_another_error_means_that_it_answered(broken: Breaker, clock: list[float]) -> None:
    clock[0] += breaker.PAUSE_SECONDS
    with pytest.raises(LookupError), broken.trying():
        raise LookupError
    assert not broken.away


def test_its_going_and_coming_is_logged_once(
    broken: Breaker, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", breaker.__name__)
    for _ in range(3):
        clock[0] += breaker.PAUSE_SECONDS
        with suppress(Away), broken.trying():
            raise OSError
    assert not caplog.messages
    clock[0] += breaker.PAUSE_SECONDS
    assert tries(broken)
    assert tries(broken)
    assert caplog.messages == ["It is back"]


def test_who_waits_in_vain_keeps_others_from_trying(clock: list[float], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", breaker.__name__)
    one = Breaker("It", OSError)
    with one.trying():
        assert tries(one)
        clock[0] += 1
    with one.trying():
        clock[0] += breaker.PATIENCE_SECONDS + 0.1
        assert one.away
        assert not tries(one)
        clock[0] += breaker.PAUSE_SECONDS
        assert tries(one)
        assert not one.away, "who waited in vain is forgotten: another had an answer"
    assert caplog.messages == ["It is away: no answer", "It is back"]
