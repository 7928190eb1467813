"""A plan as people read it, at a terminal and in a log."""

from __future__ import annotations

import io
import re

import pytest

from kkinfra.targets.compose.plan.plan import make_plan
from kkinfra.targets.compose.plan.text import plan_lines
from observed_host import empty, marks, serving
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
    found = make_plan(after, facts, marks(after))
    return list(plan_lines(found, stream or io.StringIO(), **more))


def test_a_first_deploy():
    assert text(BEFORE, empty()) == [
        "live: kkambbaki.singun11.wtf, kkambbaki-live; nothing serves",
        f"  + image: {BEFORE.manifest.image}",
        "  + webapp: blue",
        "      kkambbaki, 256 MB, 1 CPU",
        "  + redis: starts",
        "      redis:7.4, 384 MB, 1 CPU",
        "  + celery-worker: starts",
        "      kkambbaki, 224 MB, 1 CPU",
        "  + celery-beat: starts",
        "      kkambbaki, 128 MB, 1 CPU",
        "  + flower: starts",
        "      kkambbaki, 128 MB, 1 CPU",
        "  + nginx: starts on ports 80 and 443",
        "  + certificate: asked for, for kkambbaki.singun11.wtf; until it is there, HTTP alone is served",
    ]


def test_another_release():
    assert text(AFTER, serving(BEFORE)) == [
        f"live: kkambbaki.singun11.wtf, kkambbaki-live; {BEFORE.manifest.id} serves",
        "  ~ image: sha256:2b306f63d738 -> sha256:5824a9b583b4",
        "  ~ webapp: green starts beside blue, which ends once it is healthy",
        "      image",
        "  ! redis: starts again: cache and tasks wait for some seconds",
        "      384 MB, 1 CPU -> 400 MB, 1 CPU",
        "  ~ celery-worker: starts again; what it is at ends first",
        "      image",
        "  ~ celery-beat: starts again; what it is at ends first",
        "      image",
        "  ~ flower: starts again; what it is at ends first",
        "      image",
        "  migrations are named once the image is there, before anything of the release runs",
        "  certificate: until Feb 20 12:00:00 2027 GMT, from C = US, O = Let's Encrypt, CN = E7",
    ]


def test_nothing_to_do():
    assert text(BEFORE, serving(BEFORE))[1] == "  nothing to do"


def test_a_long_difference_is_cut_unless_all_is_asked_for():
    after = release(tls=None)
    short, long = (text(after, serving(BEFORE), everything=everything) for everything in (False, True))
    assert any(line.endswith(" more lines; -v shows all") for line in short)
    assert not any("more lines" in line for line in long)
    assert len(long) == len([line for line in short if "more lines" not in line]) + sum(
        int(found[1]) for line in short if (found := re.search(r"and (\d+) more lines", line))
    )


def test_colours_are_for_terminals_only():
    plain, coloured = (text(AFTER, serving(BEFORE), stream) for stream in (io.StringIO(), Terminal()))
    assert not any("\x1b" in line for line in plain)
    assert [re.sub(r"\x1b\[\d*m", "", line) for line in coloured] == plain
    assert coloured[1] == f"\x1b[33m{plain[1]}\x1b[0m"
    assert coloured[4] == f"\x1b[31m{plain[4]}\x1b[0m"


def test_nobody_who_wants_no_colour_gets_one(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert text(AFTER, serving(BEFORE), Terminal()) == text(AFTER, serving(BEFORE))
