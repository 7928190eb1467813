"""Options of a target: a dataclass, of which the command makes flags, and the library keyword arguments."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from kkinfra.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


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
        return written(self.name)


def written(name: str) -> str:
    """The flag of an option; that of `as_`, which Python keeps `as` from, is `--as`."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def flags_of(options: type[Options], verb: str) -> Iterator[Flag]:
    """The flags that an Options class has for a verb."""
    hints = get_type_hints(options)
    for each in fields(options):
        said = each.metadata
        if verb in said.get("verbs", ()):
            yield Flag(each.name, _kind(hints[each.name]), said["words"], said["metavar"], each.default)


def _kind(hint: Any) -> type:
    """The kind of a field; `str | None` is a text."""
    if get_origin(hint) is tuple:
        return tuple
    known = [each for each in (get_args(hint) or (hint,)) if each in (bool, int, str)]
    return known[0] if known else str


def options_from(
    kind: type[Options], given: Mapping[str, Any], by: str, others: Mapping[str, type[Options]], is_: str = "delivered"
) -> Options:
    """The options of what `is_` delivered, or provisioned, `by`; raises DeployError for one that does nothing there.

    `others` are the options of all that are installed by name, which tell what an option is for.
    """
    own = _names(kind)
    for name in sorted(given.keys() - own):
        for_these = sorted(other for other, each in others.items() if name in _names(each))
        if for_these:
            those = " or ".join(for_these)
            raise DeployError(f"{written(name)} is for what is {is_} by {those}, and this is by {by}")
        known = ", ".join(sorted(own))
        raise DeployError(f"{written(name)} is no option of what is {is_} by {by}; there are: {known}")
    return kind(**given)


def _names(kind: type[Options]) -> set[str]:
    return {each.name for each in fields(kind)}
