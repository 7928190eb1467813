"""Options of a target: a dataclass, of which the command makes flags, and the library keyword arguments."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from kkinfra.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DAY_SECONDS = 86_400
CHANGING = ("deploy", "rollback")
"""The verbs that change what runs."""


def option(default: Any, words: str, *verbs: str, metavar: str = "") -> Any:
    """A field of an Options class: a flag of `verbs`, described by `words`, whose value help calls `metavar`.

    A field that is a `bool` becomes a switch, a `tuple[str, ...]` a flag that may be repeated, and an `int` a number
    of seconds up to a day.
    """
    return field(default=default, metadata={"words": words, "verbs": verbs, "metavar": metavar})


@dataclass(frozen=True)
class Options:
    """What is asked of a target besides its environment; a subclass adds fields, each an `option`."""


@dataclass(frozen=True)
class Flag:
    """An option as a verb has it: `kind` is bool, int, str, or tuple for one that may be repeated."""

    name: str
    kind: type
    words: str
    metavar: str
    default: Any

    @property
    def written(self) -> str:
        """As it is written on the command line."""
        return f"--{self.name.replace('_', '-')}"


def flags_of(options: type[Options], verb: str) -> Iterator[Flag]:
    """The flags that an Options class has for a verb."""
    hints = get_type_hints(options)
    for each in fields(options):
        if verb in each.metadata.get("verbs", ()):
            yield Flag(
                each.name, _kind(hints[each.name]), each.metadata["words"], each.metadata["metavar"], each.default
            )


def _kind(hint: Any) -> type:
    """The kind of a field: `str | None` is a text."""
    if get_origin(hint) is tuple:
        return tuple
    known = [each for each in (get_args(hint) or (hint,)) if each in (bool, int, str)]
    return known[0] if known else str


def made(options: type[Options], given: dict[str, Any], by: str, known: Iterable[tuple[str, type[Options]]]) -> Options:
    """The options of a target from what is given; raises DeployError for one that would do nothing there.

    `known` are the options of all targets by name, which tell for what an option is.
    """
    own = {each.name for each in fields(options)}
    for name in sorted(given.keys() - own):
        there = sorted(other for other, each in known if name in {one.name for one in fields(each)})
        flag = f"--{name.replace('_', '-')}"
        if not there:
            raise DeployError(f"{flag} is no option of what is delivered by {by}; it has: {', '.join(sorted(own))}")
        raise DeployError(f"{flag} is for what is delivered by {' or '.join(there)}, and this is by {by}")
    return options(**given)


def seconds_problem(value: int) -> str:
    """What is wrong with a number of seconds; empty where nothing is."""
    return "" if 0 < value <= _DAY_SECONDS else f"{value} is no number of seconds from 1 to {_DAY_SECONDS}"
