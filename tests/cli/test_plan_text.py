"""A plan as people read it, at a terminal and in a log."""

from __future__ import annotations

import io
import re

import pytest

from host_plan import host_plan
from kkinfra.cli.plan_text import plan_lines
from kkinfra.difference.change import Change, FieldChange
from kkinfra.errors import DeployError
from kkinfra.targets.protocol.plan import Check, Plan
from observed_host import empty, serving
from real_release import OTHER_DIGEST, release

BEFORE = release()
AFTER = release({"redis": {"memory": "400MB"}}, image=f"ghcr.io/example/kkambbaki@{OTHER_DIGEST}")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def text(after, facts, stream=None, **more):
    return list(plan_lines(host_plan(after, facts), stream or io.StringIO(), **more))


def test_a_first_deploy():
    assert text(BEFORE, empty()) == [
        "live: kkambbaki.singun11.wtf, kkambbaki-live; nothing serves",
        f"  + image: {BEFORE.manifest.image}",
        "  + webapp: blue starts; kkambbaki, 256 MB, 1 CPU",
        "  + redis: starts; redis:7.4, 384 MB, 1 CPU",
        "  + celery-worker: starts; kkambbaki, 224 MB, 1 CPU",
        "  + celery-beat: starts; kkambbaki, 128 MB, 1 CPU",
        "  + flower: starts; kkambbaki, 128 MB, 1 CPU",
        "  + nginx: starts on ports 80 and 443",
        "  + certificate: asked for, for kkambbaki.singun11.wtf; until it is there, HTTP alone is served",
    ]


def test_another_release():
    assert text(AFTER, serving(BEFORE)) == [
        f"live: kkambbaki.singun11.wtf, kkambbaki-live; {BEFORE.manifest.id} serves",
        "  ~ image: sha256:2b306f63d738 -> sha256:5824a9b583b4",
        "  ~ webapp: green starts beside blue, which ends once it is healthy",
        "        image",
        "  ! redis: starts again: cache and tasks wait for some seconds",
        "        384 MB, 1 CPU -> 400 MB, 1 CPU",
        "  ~ celery-worker: starts again; what it is at ends first",
        "        image",
        "  ~ celery-beat: starts again; what it is at ends first",
        "        image",
        "  ~ flower: starts again; what it is at ends first",
        "        image",
        "  migrations are named once the image is there, before anything of the release runs",
        "  certificate: until Feb 20 12:00:00 2027 GMT, from C = US, O = Let's Encrypt, CN = E7",
    ]


def test_nothing_to_do():
    assert text(BEFORE, serving(BEFORE))[1] == "  nothing to do"


def test_a_long_difference_is_cut_unless_all_is_asked_for():
    behind = FieldChange("", lines=tuple(f"+ line {number}" for number in range(50)))
    plan = Plan("live", "deploy", "somewhere", changes=(Change("host", "nginx.conf", "change", (behind,)),))
    short, long = (list(plan_lines(plan, io.StringIO(), everything=each)) for each in (False, True))
    assert short[-1] == "      ... and 10 more lines; -v shows all"
    assert long[2:] == [f"        + line {number}" for number in range(50)]


def test_with_everything_the_checks_that_hold_are_shown():
    plan = Plan("live", "deploy", "somewhere", checks=(Check("docker", "26.1"), Check("disk", "0 MB", "is full")))
    assert "  docker: 26.1" in plan_lines(plan, io.StringIO(), everything=True)
    assert "  docker: 26.1" not in plan_lines(plan, io.StringIO())
    with pytest.raises(DeployError, match=r"live is not ready, and nothing was changed:\n  disk: 0 MB: is full$"):
        plan.refuse()


def test_colours_are_for_terminals_only():
    plain, coloured = (text(AFTER, serving(BEFORE), stream) for stream in (io.StringIO(), Terminal()))
    assert not any("\x1b" in line for line in plain)
    assert [re.sub(r"\x1b\[\d*m", "", line) for line in coloured] == plain
    assert coloured[1] == f"\x1b[33m{plain[1]}\x1b[0m"
    assert coloured[4] == f"\x1b[31m{plain[4]}\x1b[0m"


def test_nobody_who_wants_no_colour_gets_one(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert text(AFTER, serving(BEFORE), Terminal()) == text(AFTER, serving(BEFORE))
