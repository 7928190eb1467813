"""A plan for a host, from what the host says, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.targets.compose.deploy import plan_of
from kkinfra.targets.compose.plan.plan import make_plan
from kkinfra.targets.compose.plan.preparing import PreparedRelease
from observed_host import marks
from real_release import production

if TYPE_CHECKING:
    from kkinfra.targets.compose.plan.release import RenderedRelease
    from kkinfra.targets.protocol.plan import Plan


def host_plan(release: RenderedRelease, facts: dict[str, Any], **other: str) -> Plan:
    """What deploying a release would do; `other` are keyed digests of secrets that are not as they were."""
    known = {**marks(release), **other}
    return plan_of(PreparedRelease(production(), release, make_plan(release, facts, known), facts, (), known))
