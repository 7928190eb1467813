"""What whoever waits is told meanwhile, and what becomes of a deploy that they interrupt."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from cluster_user import IMAGE, image_of
from kkinfra.console import telling
from kkinfra.console.progress import HeardProgress
from kkinfra.console.telling import Telling
from kkinfra.targets.kubernetes.apply import deployment


class Heard(HeardProgress):
    def __init__(self):
        self.texts = []
        super().__init__(lambda event: self.texts.append(str(event)))


def until(reached, seconds=30):
    limit = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < limit
        time.sleep(0.01)


def test_nobody_waits_in_silence_for_five_seconds():
    assert telling.EVERY_SECONDS + telling.EVERY_SECONDS / 8 < 5


def test_a_step_that_lasts_is_told_again_with_how_long(monkeypatch):
    monkeypatch.setattr(telling, "EVERY_SECONDS", 0.2)
    heard = Heard()
    with Telling(heard) as told:
        told("applying deployment/webapp")
        until(lambda: len(heard.texts) >= 4)
        assert heard.texts[0] == "applying deployment/webapp"
        assert heard.texts[1].startswith("applying deployment/webapp (for ")
        told.pause()
        count = len(heard.texts)
        time.sleep(0.5)
    assert len(heard.texts) == count


def test_what_is_told_is_masked():
    heard = Heard()
    with Telling(heard, lambda text: text.replace("hush", "***")) as told:
        told("applying hush")
    assert heard.texts == ["applying ***"]


@pytest.mark.double_only
def test_a_part_that_takes_long_is_told_of_all_the_time(deployed, monkeypatch):
    monkeypatch.setattr(telling, "EVERY_SECONDS", 0.1)
    deployed.double.behave("webapp", "Slow", image=f"{IMAGE}:2.0.0", seconds=2)
    deployed.write(tag="2.0.0")
    done = deployed.deployed()
    assert done.err.count("(for ") >= 3


@pytest.mark.double_only
def test_quiet_says_nothing_but_errors(deployed):
    deployed.write(tag="2.0.0")
    assert deployed.deployed("-q").text == ""


def press_ctrl_c(user):
    """What a terminal does, once the new image is on its way."""
    main = threading.main_thread().ident
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background ignores it

    def press():
        user.until(lambda: image_of(user.there("Deployment", "webapp")).endswith(":2.0.0"))
        signal.pthread_kill(main, signal.SIGINT)

    assert user.api
    thread = threading.Thread(target=press)
    thread.start()
    return thread


@pytest.mark.double_only
def test_ctrl_c_while_waiting_goes_back_and_says_so(deployed):
    deployed.double.behave("webapp", "NotReady", image=f"{IMAGE}:2.0.0")
    deployed.write(tag="2.0.0")
    pressed = press_ctrl_c(deployed)
    done = deployed.deploy()
    pressed.join()
    assert done.code == 130
    assert "interrupted\nrelease 1 serves again" in done.err
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:1.0.0"
    assert "is free" in deployed.run("lock", "status").out
    assert deployed.history()[-1]["result"] == "failed"


@pytest.mark.double_only
def test_a_second_ctrl_c_ends_at_once_and_leaves_no_lock(deployed, monkeypatch):
    deployed.double.behave("webapp", "NotReady", image=f"{IMAGE}:2.0.0")
    deployed.write(tag="2.0.0")

    def impatient(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(deployment.Deployment, "restore", impatient)
    pressed = press_ctrl_c(deployed)
    done = deployed.deploy()
    pressed.join()
    assert (done.code, "interrupted" in done.err) == (130, True)
    assert "is free" in deployed.run("lock", "status").out
    monkeypatch.undo()
    deployed.write(tag="3.0.0")
    assert "deployed 3 in" in deployed.deployed().out
