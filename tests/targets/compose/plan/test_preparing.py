"""A host that somebody deploys to at the moment, or that an interrupted deploy left: told as that, and not as unfit."""

from __future__ import annotations

import pytest

from kkinfra.errors import HostError
from kkinfra.targets.compose.deploy import plan_of
from kkinfra.targets.compose.plan.plan import make_plan
from kkinfra.targets.compose.plan.preflight import checks
from kkinfra.targets.compose.plan.preparing import PreparedRelease
from observed_host import NOW, marks, part, serving
from real_release import production, release

BEFORE = release()
ENVIRONMENT = production()


@pytest.fixture
def facts():
    """A host with both colours up, hardly any memory left, and a run that has not ended."""
    found = serving(BEFORE)
    blue = part(found, "webapp-blue")
    green = {"service": "webapp-green", "name": blue["name"].replace("blue", "green")}
    found["release"]["containers"].append({**blue, **green})
    found["host"] |= {"memory_free": 100, "swap_free": 0, "cut_off": {"run": "20261125T000000Z-abc", "step": "stop"}}
    return found


def prepared(facts):
    plan = make_plan(BEFORE, facts, marks(BEFORE))
    return PreparedRelease(
        ENVIRONMENT, BEFORE, plan, facts, tuple(checks(ENVIRONMENT, facts, BEFORE.manifest, NOW)), {}
    )


def test_what_an_interrupted_deploy_left_beside_the_webapp_is_put_right_rather_than_refused(facts):
    found = prepared(facts)
    plan_of(found).refuse()
    assert [change.what for change in found.plan.changes] == [
        "run 20261125T000000Z-abc was cut off in step stop; it is put right first"
    ]


def test_who_is_at_work_is_told_before_what_that_work_takes(facts):
    facts["lock"] = {"held": True, "holder": {"who": "a@b", "what": "deploy", "since": 0, "phase": "migration"}}
    facts["host"]["disk_free"] = 0
    found = prepared(facts)
    assert found.plan.is_empty
    with pytest.raises(HostError, match=r"^the host is locked by a@b \(deploy since .*, now: migration\)") as error:
        plan_of(found).refuse()
    assert error.value.kind == "locked"
