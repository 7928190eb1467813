"""Reaching the environment that a call names, in the place that it is delivered to."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from kkinfra.cli.target_flags import given
from kkinfra.console.telling import telling_for
from kkinfra.errors import DeployError, KkinfraError
from kkinfra.project import ProjectEnvironment
from kkinfra.targets.protocol.installed import target_options
from kkinfra.targets.protocol.options import flags_of
from kkinfra.targets.protocol.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Self

    from kkinfra.cli.call import Call
    from kkinfra.console.telling import Telling
    from kkinfra.targets.protocol.target import Session

Found = TypeVar("Found")


def environment_of(options: Call) -> ProjectEnvironment:
    """The environment that a call names; the specification is loaded once something of it is needed."""
    return ProjectEnvironment(Wanted(options.spec, options.environment))


@contextmanager
def reached(options: Call, environment: ProjectEnvironment | None = None) -> Generator[tuple[Session, Telling]]:
    """A session with it, and what tells of it; raises DeployError for a flag that would do nothing there."""
    environment = environment or environment_of(options)
    with telling_for(options) as telling, environment.session(telling, given(options, environment.by)) as session:
        yield session, telling


def unknown(options: Call, verb: str) -> DeployError:
    """That a target does not know a verb, and which ones do: those that have flags for it."""
    name = verb.partition(" ")[0]
    known = ", ".join(sorted(by for by, kind in target_options().items() if any(flags_of(kind, name))))
    by = environment_of(options).by
    return DeployError(
        f"{options.environment} is delivered by {by}; `{verb}` is for what is delivered by {known or 'none'}"
    )


class Repeated:
    """Asks a session again and again, as --watch does; after an error it is a new one. A context manager."""

    def __init__(self, options: Call) -> None:
        self._options = options
        self._open = ExitStack()
        self._there: tuple[Session, Telling] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def ask(self, question: Callable[[Session], Found]) -> Found:
        """What the session answers; raises KkinfraError."""
        if self._there is None:
            self._there = self._open.enter_context(reached(self._options))
        session, telling = self._there
        try:
            return question(session)
        except KkinfraError:
            self._there = None
            self._open.close()
            raise
        finally:
            telling.pause()
