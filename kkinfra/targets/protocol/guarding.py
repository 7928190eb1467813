"""A session with somebody else's target, held to the protocol: what it does wrong is told with the wheel's name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from kkinfra.difference.report import Difference
from kkinfra.errors import DeployError, KkinfraError
from kkinfra.targets.protocol.history import History
from kkinfra.targets.protocol.lock import LockStatus
from kkinfra.targets.protocol.needs import Needs
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan
from kkinfra.targets.protocol.status import Status
from kkinfra.targets.protocol.target import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

_GIVEN: dict[str, type] = {
    "plan": Plan, "plan_rollback": Plan, "plan_resume": Plan, "plan_secrets": Plan, "plan_seal": Plan,
    "apply": Outcome, "history": History, "difference": Difference, "status": Status, "lock": LockStatus,
    "release_lock": LockStatus, "needs": Needs, "trial": str, "try_out": Needs, "run_command": int,
}  # fmt: skip
"""What each method gives."""


@contextmanager
def guarded(opening: Callable[[], AbstractContextManager[Any]], target: str) -> Generator[Session]:
    """A session of the target that is called so in errors; raises DeployError where it raises anything unknown."""
    with _told(target, "open"):
        manager = opening()
        found = manager.__enter__()
    try:
        if not isinstance(found, Session):
            raise DeployError(f"{target}: `open` gave {_shown(found)}, and not a Session")  # noqa: TRY301
        yield cast("Session", _Guarded(found, target))
    except BaseException as error:
        if not manager.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        with _told(target, "open"):
            manager.__exit__(None, None, None)


class _Guarded:
    """The same methods, checked; each is an attribute, as the protocols of some verbs are asked for by those."""

    def __init__(self, session: Session, target: str) -> None:
        for name in dir(session):
            if not name.startswith("_") and callable(method := getattr(session, name)):
                setattr(self, name, _checked(method, name, target))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def _checked(method: Callable[..., Any], name: str, target: str) -> Callable[..., Any]:
    def call(*given: Any) -> Any:
        with _told(target, name):
            found = method(*given)
        wanted = _GIVEN.get(name)
        if wanted is not None and not isinstance(found, wanted):
            kind = wanted.__name__
            article = "an" if kind[0] in "AEIOUaeiou" else "a"
            raise DeployError(f"{target}: `{name}` gave {_shown(found)}, and not {article} {kind}")
        return found

    return call


@contextmanager
def _told(target: str, method: str) -> Generator[None]:
    """Raise DeployError in place of an error that is none of kkinfra's."""
    try:
        yield
    except KkinfraError:
        raise
    except Exception as error:
        raise DeployError(f"{target} failed in `{method}`: {type(error).__name__}: {error}") from error


def _shown(found: object) -> str:
    return "None" if found is None else f"a {type(found).__name__}"
