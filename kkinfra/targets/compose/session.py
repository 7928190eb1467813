"""A session with a host: each verb is in the file of its name."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from kkinfra.secrets.mask import Mask
from kkinfra.targets.compose import deploy, diff, history, lock, logs, rollback, run, status
from kkinfra.targets.compose.client.host import connect_host

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.compose.target import HostOptions
    from kkinfra.targets.protocol.command import CommandRequest, Streams
    from kkinfra.targets.protocol.history import History
    from kkinfra.targets.protocol.lock import LockStatus
    from kkinfra.targets.protocol.logs import LogLine, LogRequest
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.status import Status
    from kkinfra.targets.protocol.wanted import Wanted
    from kkinfra.values.secret import SecretText


class HostSession:
    """An environment on its host, which is connected to when a verb asks it, once for all verbs."""

    def __init__(self, wanted: Wanted, options: HostOptions, telling: Telling) -> None:
        self.wanted, self.options, self.telling = wanted, options, telling
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def environment(self) -> Environment:
        """What is wanted."""
        return self.wanted.environment

    @cached_property
    def host(self) -> Host:
        """The host, over one connection."""
        return self._open.enter_context(connect_host(self.environment))

    @cached_property
    def values(self) -> dict[str, SecretText]:
        """The secrets, which are masked from now on; raises SecretError with all that are missing."""
        found = self.wanted.secrets()
        self.telling.mask = Mask(found.values())
        return found

    def plan(self) -> Plan:
        """What a deploy would do."""
        return deploy.plan(self)

    def plan_rollback(self, release: str) -> Plan:
        """What going back would do."""
        return rollback.plan(self, release)

    def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says."""
        return rollback.apply(self, plan) if plan.action == "rollback" else deploy.apply(self, plan)

    def history(self) -> History:
        """The runs that ended, newest last."""
        return history.look(self)

    def difference(self, without: frozenset[str]) -> Difference:
        """The release that is wanted, against what the host runs."""
        return diff.look(self, without)

    def status(self) -> Status:
        """What runs, and whether it is well."""
        return status.look(self)

    def logs(self, asked: LogRequest, hear: Callable[[LogLine], None]) -> None:
        """What the parts print."""
        logs.read(self, asked, hear)

    def run_command(self, asked: CommandRequest, streams: Streams) -> int:
        """Run a command beside what serves."""
        return run.run(self, asked, streams)

    def lock(self) -> LockStatus:
        """Who holds the lock."""
        return lock.look(self)

    def release_lock(self) -> LockStatus:
        """End the run that holds the lock."""
        return lock.release(self)
