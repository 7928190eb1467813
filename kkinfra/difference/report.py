"""All that differs in an environment, and what was asked to know it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import KkinfraError
from kkinfra.system.exit_codes import DIFFERS, DONE, FAILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kkinfra.difference.change import Change


@dataclass(frozen=True, slots=True)
class Compared:
    """A place that an environment runs in: `name` is that of its changes, `asked` says what was looked at.

    `problem` is why it could not be asked, and what helps; `left_out` is for one that the user did not want asked.
    """

    name: str
    asked: str
    notes: tuple[str, ...] = ()
    problem: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Difference:
    """The changes of all targets, in the order in which they are told. `verdict` sums up what they do not.

    >>> difference = production.diff()
    >>> difference.is_complete, [change.action for change in difference.changes]
    (True, ['change'])
    """

    environment: str
    targets: tuple[Compared, ...] = ()
    changes: tuple[Change, ...] = ()
    verdict: str = ""

    def __repr__(self) -> str:
        """On a line."""
        return f"<Difference of {self.environment}: {len(self.changes)} changes>"

    @property
    def is_complete(self) -> bool:
        """Whether every target was asked that the user did not leave out."""
        return not any(each.problem for each in self.targets)

    @property
    def exit_code(self) -> int:
        """1 where a target could not be asked, else 2 where something differs, else 0."""
        if not self.is_complete:
            return FAILED
        return DIFFERS if self.changes else DONE


def joined(environment: str, parts: Iterable[Difference]) -> Difference:
    """One difference over several targets, in their order."""
    there = tuple(parts)
    return Difference(
        environment,
        tuple(target for each in there for target in each.targets),
        tuple(change for each in there for change in each.changes),
        "; ".join(each.verdict for each in there if each.verdict),
    )


def asked(environment: str, name: str, what: str, ask: Callable[[], Difference]) -> Difference:
    """The difference at a target, or why it could not be asked."""
    try:
        return ask()
    except KkinfraError as error:
        return not_asked(environment, name, what, str(error))


def refuse_unknown(environment: str, without: Iterable[str], known: Sequence[str]) -> None:
    """Raise KkinfraError where a target is left out that is none of the environment's."""
    if unknown := sorted({*without} - {*known}):
        told = ", ".join(known) or "nothing can be left out of it"
        raise KkinfraError(f"--without {unknown[0]}: {environment} has no such target ({told})")


def not_asked(environment: str, name: str, asked: str, problem: str) -> Difference:
    """What is known of a target that could not be asked."""
    return Difference(environment, (Compared(name, asked, problem=problem),))


def left_out(environment: str, name: str) -> Difference:
    """A target that the user left out, by --without."""
    return Difference(environment, (Compared(name, f"left out by --without {name}", left_out=True),))
