"""A target, and a session with one: what every place does that releases are brought to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.targets.protocol.history import Run
    from kkinfra.targets.protocol.lock import LockStatus
    from kkinfra.targets.protocol.logs import LogLine, LogRequest
    from kkinfra.targets.protocol.options import Options
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.status import Status
    from kkinfra.targets.protocol.wanted import Wanted


@runtime_checkable
class Target(Protocol):
    """Registered under the entry point group `kkinfra.targets` by what `delivery.by` says; called without arguments.

    `delivery` is the model that joins the spec's deliveries; `platforms` are the kinds of platform that it delivers
    to; `options` is a dataclass from which flags are made, and may be `Options` itself. A module of a target is
    imported with every spec, so that it imports what is heavy where that is needed.
    """

    delivery: type[Any]
    platforms: frozenset[str]
    options: type[Options]

    def open(self, wanted: Wanted, options: Options, telling: Telling) -> AbstractContextManager[Session]:
        """Look at no more than it takes to reach the place; raises KkinfraError where that cannot be."""
        ...


@runtime_checkable
class Session(Protocol):
    """An environment, reached in its place. Methods raise KkinfraError, and never print.

    A plan may be applied in another session than the one that made it.
    """

    def plan(self) -> Plan:
        """What a deploy would do; nothing is changed by it, not even a lock."""
        ...

    def plan_rollback(self, release: str) -> Plan:
        """What going back would do: to the release of that name, or, where it is empty, to the one before."""
        ...

    def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says, under a lock, or raise.

        Nothing was changed then, where the place is not as it was planned for; and the release of before serves again,
        where the new one does not become healthy.
        """
        ...

    def history(self) -> Sequence[Run]:
        """The runs that are known, newest last."""
        ...

    def difference(self, without: frozenset[str]) -> Difference:
        """What is rendered against what runs; `without` names places that are not asked."""
        ...

    def status(self) -> Status:
        """What runs, and whether it is well."""
        ...

    def logs(self, asked: LogRequest) -> Iterator[LogLine]:
        """What the parts print, in the order of time."""
        ...

    def lock(self) -> LockStatus:
        """Who holds the lock."""
        ...

    def release_lock(self) -> LockStatus:
        """End whoever holds the lock; `held` says whether that succeeded."""
        ...


@runtime_checkable
class Resumes(Protocol):
    """A session of a target in which a rollback stays until it is resumed."""

    def plan_resume(self) -> Plan:
        """What resuming would do."""
        ...
