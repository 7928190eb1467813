"""A provisioner, and a session with one: what makes the things that an environment runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.protocol.options import Options
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.wanted import Wanted


@runtime_checkable
class Provisioner(Protocol):
    """Registered under the entry point group `kkinfra.provisioners` by its name; called without arguments.

    `options` is a dataclass from which flags are made, and may be `Options` itself. One that is `by_default` provisions
    where none is named. Its module is imported for help, so that it imports what is heavy where that is needed.
    """

    options: type[Options]
    by_default: bool

    def refuse(self, environment: Environment) -> None:
        """Raise DeployError where it makes nothing for an environment, which says what helps.

        Fields that are left to outputs of a stack may be names that lead nowhere.
        """
        ...

    def open(self, wanted: Wanted, options: Options, telling: Telling) -> AbstractContextManager[Provisioning]:
        """Look at no more than it takes to reach the place; raises KkinfraError where that cannot be.

        `wanted.environment` raises SpecError where outputs of a stack are missing; `wanted.unprovisioned` does not.
        """
        ...


@runtime_checkable
class Provisioning(Protocol):
    """A session with a provisioner, for one environment. Methods raise KkinfraError, and never print.

    A plan may be applied, or discarded, in another session than the one that made it.
    """

    def plan(self) -> Plan:
        """What would be made or changed, with the action "provision"; what runs is not touched by it.

        Where it has checks, people are shown a table of them: a change tells what is to do about the check of its name.
        """
        ...

    def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says, or raise; nothing was changed then, where the place is not as it was planned for.

        The outcome's run has no release; no history keeps it.
        """
        ...

    def discard(self, plan: Plan) -> None:
        """Remove what a plan, which is not applied, has left in its place."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """The least rights that provisioning needs, as their system takes them; `warnings` tell of its limits."""

    document: dict[str, Any]
    warnings: tuple[str, ...] = ()


@runtime_checkable
class FindsDrift(Protocol):
    """A session of a provisioner that can tell what was changed by hand."""

    def drift(self) -> Difference:
        """What is there against what was made."""
        ...


@runtime_checkable
class KnowsRights(Protocol):
    """A session of a provisioner that can tell which rights it needs."""

    def policy(self) -> Policy:
        """Those rights; the place is not asked."""
        ...
