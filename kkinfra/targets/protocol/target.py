"""A target, and a session with one: what every place does that releases are brought to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.targets.protocol.command import CommandRequest, Streams
    from kkinfra.targets.protocol.history import History
    from kkinfra.targets.protocol.lock import LockStatus
    from kkinfra.targets.protocol.logs import LogLine, LogRequest
    from kkinfra.targets.protocol.needs import Needs
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

    def history(self) -> History:
        """The runs that are known, newest last."""
        ...

    def difference(self, without: frozenset[str]) -> Difference:
        """What is rendered against what runs; `without` names places that are not asked."""
        ...

    def status(self) -> Status:
        """What runs, and whether it is well."""
        ...

    def logs(self, asked: LogRequest, hear: Callable[[LogLine], None]) -> None:
        """Let somebody hear what the parts print, in the order of time."""
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


@runtime_checkable
class Bootstraps(Protocol):
    """A session of a target that needs more of its place than a deploy brings."""

    def needs(self) -> Needs:
        """What is needed, and what of that is missing; nothing is changed."""
        ...

    def trial(self) -> str:
        """What `try_out` would do for a moment, as a question."""
        ...

    def try_out(self) -> Needs:
        """What only trying tells; everything that it makes is removed."""
        ...


@runtime_checkable
class TakesSecrets(Protocol):
    """A session of a target in which secrets can be put before anything of a release is there."""

    def plan_secrets(self) -> Plan:
        """Which secrets would change; `apply` puts them there."""
        ...


@runtime_checkable
class Seals(Protocol):
    """A session of a target in which secrets are decrypted that were encrypted for it."""

    def plan_seal(self, names: tuple[str, ...], certificate: str) -> Plan:
        """Which secrets would be sealed, for the `certificate` in a file, or that of the place; `apply` writes them."""
        ...


@runtime_checkable
class RunsCommands(Protocol):
    """A session of a target in which a command can be run."""

    def run_command(self, asked: CommandRequest, streams: Streams) -> int:
        """Run it to its end; returns its exit code, 127 where there is no such command.

        Whatever becomes of the connection, nothing is left behind; what it prints is masked; it is in the history.
        """
        ...
