"""A session with a cluster: each verb is in the file of its name, and imported when it is asked for."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.plan.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.secrets.needs import SecretNeeds
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.target import ClusterOptions
    from kkinfra.targets.protocol.command import CommandRequest, Streams
    from kkinfra.targets.protocol.history import History
    from kkinfra.targets.protocol.lock import LockStatus
    from kkinfra.targets.protocol.logs import LogLine, LogRequest
    from kkinfra.targets.protocol.needs import Needs
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.status import Status
    from kkinfra.targets.protocol.wanted import Wanted
    from kkinfra.values.secret import SecretText


class ClusterSession:
    """An environment in its namespace, which is connected to when a verb asks it."""

    def __init__(self, wanted: Wanted, options: ClusterOptions, telling: Telling) -> None:
        self.wanted, self.options, self.telling = wanted, options, telling
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def environment(self) -> Environment:
        """What is wanted, from its specification."""
        return self.wanted.environment

    @cached_property
    def prepared(self) -> Prepared:
        """The same as plain facts, for which nothing has to be loaded where they are remembered."""
        facts = self.wanted.prepared(Prepared.facts)
        try:
            return Prepared.read(facts)
        except (KeyError, TypeError):  # a damaged file
            return Prepared.of(self.environment, self.wanted.tree)

    @cached_property
    def api(self) -> Api:
        """The cluster."""
        return self._open.enter_context(connect_cluster(self.options.context))

    def read_values(self, needs: SecretNeeds) -> dict[str, SecretText]:
        """The secrets of whoever deploys, masked from now on; raises SecretError with all that are missing."""
        from kkinfra.secrets.mask import Mask
        from kkinfra.secrets.sources import read_needed

        found = read_needed(needs, self.wanted.directory)
        self.telling.mask = Mask(found.values())
        return found

    def mask(self, needs: SecretNeeds, values: dict[str, SecretText]) -> Callable[[str], str]:
        """What hides these values and those of the cluster's Secrets, in all that is told from now on."""
        from kkinfra.secrets.mask import Mask
        from kkinfra.targets.kubernetes.plan.secret_values import live_secrets

        self.telling.mask = Mask([*values.values(), *live_secrets(self.api, needs)])
        return self.telling.mask

    def plan(self) -> Plan:
        """What a deploy would do."""
        from kkinfra.targets.kubernetes import deploy

        return deploy.plan(self)

    def plan_rollback(self, release: str) -> Plan:
        """What going back would do."""
        from kkinfra.targets.kubernetes import rollback

        return rollback.plan(self, release)

    def plan_secrets(self) -> Plan:
        """Which secrets would change."""
        from kkinfra.targets.kubernetes import secrets_push

        return secrets_push.plan(self)

    def plan_seal(self, names: tuple[str, ...], certificate: str) -> Plan:
        """Which secrets would be sealed."""
        from kkinfra.targets.kubernetes import secrets_seal

        return secrets_seal.plan(self, names, certificate)

    def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says."""
        from kkinfra.targets.kubernetes import deploy, rollback, secrets_push, secrets_seal

        verbs = {"rollback": rollback.apply, "push": secrets_push.apply, "seal": secrets_seal.apply}
        return verbs.get(plan.action, deploy.apply)(self, plan)

    def history(self) -> History:
        """The releases that are kept, newest last."""
        from kkinfra.targets.kubernetes import history

        return history.look(self)

    def difference(self, without: frozenset[str]) -> Difference:
        """What is rendered against the cluster."""
        from kkinfra.targets.kubernetes import diff

        return diff.look(self, without)

    def status(self) -> Status:
        """What runs, and whether it is well."""
        from kkinfra.targets.kubernetes import status

        return status.look(self)

    def logs(self, asked: LogRequest, hear: Callable[[LogLine], None]) -> None:
        """Let somebody hear what the parts print."""
        from kkinfra.targets.kubernetes import logs

        return logs.read(self, asked, hear)

    def run_command(self, asked: CommandRequest, streams: Streams) -> int:
        """Run a command in the release that serves."""
        from kkinfra.targets.kubernetes import run

        return run.run(self, asked, streams, run.kept_release)

    def lock(self) -> LockStatus:
        """Who holds the lock."""
        from kkinfra.targets.kubernetes import lock

        return lock.look(self)

    def release_lock(self) -> LockStatus:
        """End whoever holds the lock."""
        from kkinfra.targets.kubernetes import lock

        return lock.release(self)

    def needs(self) -> Needs:
        """What a deploy needs of the cluster."""
        from kkinfra.targets.kubernetes import bootstrap

        return bootstrap.look(self)

    def trial(self) -> str:
        """What `try_out` would do for a moment, as a question."""
        from kkinfra.targets.kubernetes import bootstrap

        return bootstrap.question(self)

    def try_out(self) -> Needs:
        """What takes a pod on each node to know."""
        from kkinfra.targets.kubernetes import bootstrap

        return bootstrap.try_out(self)
