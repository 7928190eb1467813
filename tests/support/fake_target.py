"""A target of somebody else's wheel that keeps everything in memory, to be changed by texts."""

from __future__ import annotations

import pytest

from fake_wheel import NOMAD, POINTS, install, project  # noqa: F401 - fixtures

_SESSION = """

from contextlib import contextmanager
from dataclasses import dataclass

from kkinfra.plugins import History, LockStatus, Options, Outcome, Plan, Run, Status, option


@dataclass(frozen=True)
class Asked(Options):
    colour: str = option("red", "colour of the job", "deploy", "status", metavar="COLOUR")


class Session:
    def __init__(self, wanted, options):
        self.wanted, self.options = wanted, options

    def plan(self):
        PLAN

    def plan_rollback(self, release):
        return Plan(self.wanted.name, "rollback", "nowhere", release=release or "0", question="go back?")

    def apply(self, plan):
        return Outcome(Run("1", plan.action, "deployed", 0.0, 1.5, plan.image))

    def history(self):
        return History(self.wanted.name, ())

    def difference(self, without):
        raise NotImplementedError

    def status(self):
        return Status(self.wanted.name, f"a {self.options.colour} job", None, ())

    def logs(self, asked, hear):
        return None

    def lock(self):
        return LockStatus(held=False)

    release_lock = lock


class Target:
    delivery = NomadApi
    platforms = NomadApi.platforms
    options = Asked

    @contextmanager
    def open(self, wanted, options, telling):
        yield Session(wanted, options)
"""

GOOD = 'return Plan(self.wanted.name, "deploy", "nowhere", "shop:1", question="deploy?")'
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
