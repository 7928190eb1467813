"""A target of somebody else's wheel that keeps everything in memory, to be changed by texts."""

from __future__ import annotations

import pytest

from fake_wheel import NOMAD, POINTS, install, project  # noqa: F401 - fixtures

_SESSION = """

from contextlib import contextmanager
from dataclasses import dataclass

from kkinfra.plugins import Change, Compared, Difference, FieldChange, LogLine, PartStatus
from kkinfra.plugins import History, LockStatus, Options, Outcome, Plan, Run, Status, option

CHANGE = Change("job", "web", "change", (FieldChange("image", "shop:0", "shop:1"),))


@dataclass(frozen=True)
class Asked(Options):
    colour: str = option("red", "colour of the job", "deploy", "status", metavar="COLOUR")


class Session:
    def __init__(self, wanted, options, telling):
        self.wanted, self.options, self.telling = wanted, options, telling

    def plan(self):
        PLAN

    def plan_rollback(self, release):
        return Plan(self.wanted.name, "rollback", "nowhere", release=release or "0", question="go back?")

    def apply(self, plan):
        self.telling("starting shop:1")
        return Outcome(Run("1", plan.action, "deployed", 0.0, 1.5, plan.image))

    def history(self):
        return History(self.wanted.name, (Run("1", "deploy", "deployed", 0.0, serves=True),))

    def difference(self, without):
        return Difference(self.wanted.name, (Compared("job", "nowhere"),), (CHANGE,))

    def status(self):
        parts = (PartStatus("web", "ready", "runs"),)
        return Status(self.wanted.name, f"a {self.options.colour} job", None, parts)

    def logs(self, asked, hear):
        hear(LogLine("web", "listening", "2025-11-25T01:02:03Z"))

    def lock(self):
        return LockStatus(held=False)

    release_lock = lock


class Target:
    delivery = NomadApi
    platforms = NomadApi.platforms
    options = Asked

    @contextmanager
    def open(self, wanted, options, telling):
        yield Session(wanted, options, telling)
"""

GOOD = 'return Plan(self.wanted.name, "deploy", "nowhere", "shop:1", changes=(CHANGE,), question="deploy?")'
TARGET = _SESSION.replace("PLAN", GOOD)


@pytest.fixture
def wheel(install, project, monkeypatch):  # noqa: F811
    """Installs the wheel with a target whose code is changed by pairs of texts; the project has it in use."""
    monkeypatch.setenv("PASSWORD", "s3cret-4711")

    def installing(*changes, distribution="theirs", points=POINTS):
        code = NOMAD + TARGET
        for before, after in changes:
            assert before in code
            code = code.replace(before, after)
        install(code, points, distribution)
        return project()

    return installing
