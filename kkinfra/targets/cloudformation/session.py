"""A session with a stack: each thing that `provision` does with one is in a file of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kkinfra.targets.cloudformation import drift, policy, provision
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.place import place_of
from kkinfra.targets.cloudformation.stack.template import template_of

if TYPE_CHECKING:
    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.cloudformation.provisioner import StackOptions
    from kkinfra.targets.cloudformation.stack.place import StackPlace
    from kkinfra.targets.cloudformation.stack.template import Template
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.provisioner import Policy
    from kkinfra.targets.protocol.wanted import Wanted


class StackSession:
    """An environment and its stack, whose outputs may be unknown yet; AWS is asked when a method needs it."""

    def __init__(self, wanted: Wanted, options: StackOptions, telling: Telling) -> None:
        self.wanted, self.options, self.telling = wanted.unprovisioned, options, telling

    @property
    def environment(self) -> Environment:
        """What is wanted."""
        return self.wanted.environment

    @property
    def place(self) -> StackPlace:
        """Where the stack is."""
        return place_of(self.environment)

    @cached_property
    def template(self) -> Template:
        """What the environment renders to."""
        return template_of(self.wanted.tree)

    @cached_property
    def live(self) -> LiveStack:
        """The stack as it is; raises AwsError where the credentials are of another account."""
        self.telling(f"looking at {self.place}")
        return LiveStack(connect_aws(self.place, self.telling))

    def plan(self) -> Plan:
        """What CloudFormation would change."""
        return provision.plan(self)

    def apply(self, plan: Plan) -> Outcome:
        """Execute what a plan shows, and keep the outputs."""
        return provision.apply(self, plan)

    def discard(self, plan: Plan) -> None:
        """Delete the change set of a plan."""
        provision.discard(self, plan)

    def drift(self) -> Difference:
        """What somebody changed by hand."""
        return drift.look(self)

    def policy(self) -> Policy:
        """The least policy of IAM that the deployer needs."""
        return policy.make(self)
