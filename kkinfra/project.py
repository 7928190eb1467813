"""The environments of a specification, and everything that can be done with each.

    import kkinfra
    production = kkinfra.open("spec/environments.yaml")["production"]
    plan = production.plan()
    outcome = production.apply(plan, on_event=print)

The command is a caller of this module, and does nothing that it cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from kkinfra.console.progress import HeardProgress, Progress
from kkinfra.console.telling import Telling
from kkinfra.errors import DeployError, UnknownEnvironmentError
from kkinfra.targets.protocol.command import CommandRequest, Streams
from kkinfra.targets.protocol.installed import (
    foreign_target,
    provisioner,
    provisioner_for,
    provisioner_options,
    target,
    target_options,
)
from kkinfra.targets.protocol.options import options_from
from kkinfra.targets.protocol.provisioner import FindsDrift, KnowsRights
from kkinfra.targets.protocol.target import Resumes, RunsCommands
from kkinfra.targets.protocol.wanted import Opened, Wanted, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import date
    from os import PathLike

    from kkinfra.difference.report import Difference
    from kkinfra.proving.prove import Result
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from kkinfra.targets.protocol.history import History
    from kkinfra.targets.protocol.lock import LockStatus
    from kkinfra.targets.protocol.logs import LogLine
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.provisioner import Policy, Provisioning
    from kkinfra.targets.protocol.status import Status
    from kkinfra.targets.protocol.target import Session

    Hear = Callable[[object], object]


def open(spec: str | PathLike[str] = "spec/environments.yaml") -> Project:  # noqa: A001 - as shelve.open
    """Open a specification; nothing is connected to. Raises SpecError with everything that is wrong in it.

    >>> kkinfra.open("spec/environments.yaml")
    <Project shop: alpha, production>
    """
    return Project(opened(str(spec)))


class Project(Mapping[str, "ProjectEnvironment"]):
    """The environments of a specification by name, in its order.

    >>> project = kkinfra.open("spec/environments.yaml")
    >>> "production" in project, len(project)
    (True, 2)
    >>> project["prodution"]
    Traceback (most recent call last):
    kkinfra.errors.UnknownEnvironmentError: ... names no environment 'prodution' (did you mean 'production'?) ...
    """

    def __init__(self, found: Opened) -> None:
        self._opened = found

    @property
    def spec(self) -> Spec:
        """The specification, checked."""
        return self._opened.spec

    def __getitem__(self, name: str) -> ProjectEnvironment:
        """The environment of a name; raises UnknownEnvironmentError, which names the nearest."""
        from kkinfra.rendering.pipeline import resolve

        resolve(self.spec, name, provisioned=False)
        return ProjectEnvironment(Wanted(self._opened.path, name, given=self._opened))

    def __contains__(self, name: object) -> bool:
        """Whether there is an environment of that name."""
        return name in self.spec.environments

    def get(self, name: str, default: Any = None) -> Any:
        """The environment of a name, or else `default`."""
        try:
            return self[name]
        except UnknownEnvironmentError:
            return default

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self.spec.environments)

    def __len__(self) -> int:
        """How many environments there are."""
        return len(self.spec.environments)

    def __repr__(self) -> str:
        """On a line."""
        return f"<Project {self.spec.project}: {', '.join(self)}>"


class ProjectEnvironment:
    """One environment of a specification, and what can be done with it.

    `options` are those of the target that it is delivered by, as the command's flags with `_` for `-`; `on_event` is
    called with each event on the way, whose `str` is for people. Methods raise KkinfraError.

    >>> plan = production.plan()
    >>> outcome = production.apply(plan, on_event=print)
    starting shop:1
    >>> outcome.run.result
    'deployed'
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted

    def __repr__(self) -> str:
        """On a line."""
        return f"<ProjectEnvironment {self.name}>"

    @property
    def name(self) -> str:
        """Its name."""
        return self._wanted.name

    @property
    def by(self) -> str:
        """How it is delivered, as `delivery.by` says."""
        return self._wanted.by

    @cached_property
    def environment(self) -> Environment:
        """The environment, resolved; raises SpecError."""
        return self._wanted.environment

    def with_image(self, image: str, flag: str = "--image") -> ProjectEnvironment:
        """The same with another image of the product; errors in it name the flag that it came from."""
        if not image:
            return self
        was = self._wanted
        return ProjectEnvironment(Wanted(was.spec_file, was.name, image, flag, was.given))

    def render(self) -> ArtifactTree:
        """Its rendered files."""
        return self._wanted.tree

    def prove(self, on: date | None = None) -> tuple[Result, ...]:
        """What the proofs find on a day, or today (UTC); acceptances may have ended by then."""
        from kkinfra.proving.gate import today
        from kkinfra.proving.prove import prove

        made = self._wanted.opened
        return prove(made.spec, [self.name], on or today(), made.proofs)

    def warnings(self, *, provisioned: bool = True) -> tuple[str, ...]:
        """What the proofs warn of today, in a line each; raises UnprovenError with all errors that nobody accepted.

        Where it is not `provisioned`, outputs of a stack may be unknown, which is an error otherwise.
        """
        return (self._wanted if provisioned else self._wanted.unprovisioned).warnings()

    @contextmanager
    def session(self, telling: Telling, options: Mapping[str, Any]) -> Generator[Session]:
        """A session with the target that it is delivered by."""
        by = self._wanted.by
        found = target(by)
        given = options_from(found.options, options, by, target_options())
        opening: Callable[[], AbstractContextManager[Session]] = partial(found.open, self._wanted, given, telling)
        if name := foreign_target(by):
            from kkinfra.targets.protocol.guarding import guarded

            opening = partial(guarded, opening, name)
        with opening() as made:
            yield made

    @contextmanager
    def _silently(self, options: Mapping[str, Any], on_event: Hear | None = None) -> Generator[Session]:
        """A session whose events somebody hears, or nobody."""
        with _telling(on_event) as telling, self.session(telling, options) as made:
            yield made

    def plan(self, *, image: str = "", on_event: Hear | None = None, **options: Any) -> Plan:
        """What a deploy would do, of another `image` where one is given; nothing is changed by it.

        Raises UnprovenError, before anything is connected to, where a proof finds an error that nobody accepted.
        """
        chosen = self.with_image(image)
        warnings = chosen.warnings()
        with chosen._silently(options, on_event) as session:  # noqa: SLF001 - its own class
            return replace(session.plan(), warnings=warnings, options=options)

    def plan_rollback(self, release: str = "", *, on_event: Hear | None = None, **options: Any) -> Plan:
        """What going back would do: to a release by its name, or to the one before."""
        with self._silently(options, on_event) as session:
            return replace(session.plan_rollback(release), options=options)

    def apply(self, plan: Plan, *, on_event: Hear | None = None) -> Outcome:
        """Do what a plan says; raises what `plan.refuse` raises, and DeployError where it is a plan of another.

        Where the place is not as it was when the plan was made, that is an error, and nothing is changed.
        """
        self._refuse_other(plan)
        if plan.action == "provision":
            raise DeployError("this is a plan to provision, which `provision` applies")
        plan.refuse()
        chosen = self.with_image(plan.image if plan.action == "deploy" else "")
        with chosen._silently(plan.options, on_event) as session:  # noqa: SLF001 - its own class
            return session.apply(plan)

    def _refuse_other(self, plan: Plan) -> None:
        if plan.environment != self.name:
            raise DeployError(f"this is a plan of {plan.environment}, and not of {self.name}")

    def rollback(self, release: str = "", *, on_event: Hear | None = None, **options: Any) -> Outcome:
        """Go back: to a release by its name, or to the one before."""
        with self._silently(options, on_event) as session:
            plan = session.plan_rollback(release)
            plan.refuse()
            return session.apply(plan)

    def resume(self, *, on_event: Hear | None = None, **options: Any) -> Outcome:
        """Let go on what was rolled back; raises DeployError where its delivery knows no such thing."""
        with self._silently(options, on_event) as session:
            if not isinstance(session, Resumes):
                raise DeployError(f"{self.name} is delivered by {self._wanted.by}, where nothing waits to be resumed")
            return session.apply(session.plan_resume())

    def diff(self, *, without: Iterable[str] = (), **options: Any) -> Difference:
        """What is rendered against what runs; `without` names places that are not asked."""
        with self._silently(options) as session:
            return session.difference(frozenset(without))

    def status(self, **options: Any) -> Status:
        """What runs, and whether it is well."""
        with self._silently(options) as session:
            return session.status()

    def history(self, **options: Any) -> History:
        """The runs that are known, newest last."""
        with self._silently(options) as session:
            return session.history()

    def logs(
        self, *parts: str, hear: Callable[[LogLine], None], tail: int = 100, follow: bool = False, **options: Any
    ) -> None:
        """Hear what the parts print, or all where none is named: the last `tail` lines of each, then all that come."""
        from kkinfra.targets.protocol.logs import LogRequest

        with self._silently(options) as session:
            session.logs(LogRequest(parts, tail, follow), hear)

    def run(
        self, argv: Sequence[str], part: str = "", *, attach: bool = False, terminal: bool = False,
        streams: Streams | None = None, **options: Any,
    ) -> int:  # fmt: skip
        """Run a command in a fresh container of the release that serves, or `attach` to the one that runs.

        Returns the command's exit code. `streams` are file descriptors, those of this process unless given.
        """
        with self._silently(options) as session:
            if not isinstance(session, RunsCommands):
                raise DeployError(f"{self.name} is delivered by {self._wanted.by}, where no command can be run")
            return session.run_command(CommandRequest(tuple(argv), part, attach, terminal), streams or Streams())

    def lock(self, **options: Any) -> LockStatus:
        """Who holds the lock."""
        with self._silently(options) as session:
            return session.lock()

    def release_lock(self, **options: Any) -> LockStatus:
        """End whoever holds the lock, or the lock of one who is gone."""
        with self._silently(options) as session:
            return session.release_lock()

    def provisioner(self, by: str = "") -> str:
        """The name of the provisioner `by` name, or of the one that makes by default what this environment runs on.

        Raises DeployError where there is none, where it makes nothing, or where more than one does by default.
        """
        return provisioner_for(self._wanted.unprovisioned.environment, by)

    @contextmanager
    def provisioning(self, telling: Telling, by: str, options: Mapping[str, Any]) -> Generator[Provisioning]:
        """A session with the provisioner of a name, or that by default."""
        name = self.provisioner(by)
        found = provisioner(name)
        given = options_from(found.options, options, name, provisioner_options(), "provisioned")
        with found.open(self._wanted, given, telling) as made:
            yield made

    @contextmanager
    def _provisioning(
        self, on_event: Hear | None = None, *, by: str = "", **options: Any
    ) -> Generator[Provisioning]:  # fmt: skip
        """Such a session whose events somebody hears, or nobody."""
        with _telling(on_event) as telling, self.provisioning(telling, by, options) as made:
            yield made

    def plan_provision(self, by: str = "", *, on_event: Hear | None = None, **options: Any) -> Plan:
        """What would be made or changed of what it runs on, `by` an installed provisioner, or that by default.

        A plan that is not applied is to be discarded. Raises UnprovenError, before anything is connected to, where a
        proof finds an error that nobody accepted.
        """
        by = self.provisioner(by)
        warnings = self.warnings(provisioned=False)
        with self._provisioning(on_event, by=by, **options) as session:
            plan = session.plan()
        return replace(plan, warnings=(*warnings, *plan.warnings), options={"by": by, **options})

    def provision(self, plan: Plan, *, on_event: Hear | None = None) -> Outcome:
        """Do what a plan to provision says; raises as `apply` does."""
        self._refuse_other(plan)
        plan.refuse()
        with self._provisioning(on_event, **plan.options) as session:
            return session.apply(plan)

    def discard(self, plan: Plan) -> None:
        """Remove what a plan to provision, which is not applied, has left in its place, as a change set."""
        self._refuse_other(plan)
        with self._provisioning(**plan.options) as session:
            session.discard(plan)

    def drift(self, by: str = "", **options: Any) -> Difference:
        """What was changed by hand; raises DeployError where the provisioner cannot tell."""
        with self._provisioning(by=by, **options) as session:
            if not isinstance(session, FindsDrift):
                raise DeployError(f"what is provisioned by {self.provisioner(by)} is not searched for drift")
            return session.drift()

    def policy(self, by: str = "", **options: Any) -> Policy:
        """The least rights that provisioning needs; raises DeployError where the provisioner cannot tell."""
        with self._provisioning(by=by, **options) as session:
            if not isinstance(session, KnowsRights):
                raise DeployError(f"which rights provisioning by {self.provisioner(by)} needs is not known")
            return session.policy()


def _telling(on_event: Hear | None) -> Telling:
    """What tells somebody each event, or nobody."""
    return Telling(HeardProgress(on_event) if on_event else Progress())
