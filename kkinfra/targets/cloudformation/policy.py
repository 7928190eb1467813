"""The least policy of IAM that whoever provisions a stack needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.cloudformation.plan.policy import LONGEST_MANAGED, least_policy, length
from kkinfra.targets.cloudformation.stack.place import host_of
from kkinfra.targets.protocol.provisioner import Policy

if TYPE_CHECKING:
    from kkinfra.targets.cloudformation.session import StackSession


def make(session: StackSession) -> Policy:
    """The policy as IAM takes it; AWS is not asked."""
    found = least_policy(session.place, session.template, host_of(session.environment).image_parameter)
    if length(found) <= LONGEST_MANAGED:
        return Policy(found)
    what = f"this has {length(found)} characters, and a managed policy may have {LONGEST_MANAGED}"
    return Policy(found, (f"{what}; write it into a role, or shorten stack_name",))
