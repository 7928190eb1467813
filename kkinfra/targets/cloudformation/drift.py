"""Drift of a stack: what somebody changed there by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.report import Compared, Difference
from kkinfra.errors import AwsError
from kkinfra.targets.cloudformation.plan import drift
from kkinfra.targets.cloudformation.plan.telling import TARGET

if TYPE_CHECKING:
    from kkinfra.targets.cloudformation.session import StackSession


def look(session: StackSession) -> Difference:
    """Let CloudFormation look, and tell what differs from the template; raises AwsError where there is no stack."""
    name, place = session.environment.name, session.place
    if session.live.look().standing in {"absent", "new"}:
        raise AwsError(f"there is no {place} yet; `kkinfra provision {name}` makes it")
    session.telling("CloudFormation looks for drift, resource by resource")
    changes, unseen = drift.detect(session.live, session.options.timeout)
    target = Compared(TARGET, f"{place.where}; CloudFormation looked for drift", tuple(unseen))
    return Difference(name, (target,), tuple(changes))
