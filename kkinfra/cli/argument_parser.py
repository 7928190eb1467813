"""argparse as kkinfra uses it: no flag can be shortened, and a wrong call is an error; on every Python alike."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from kkinfra.cli.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLOURS_HELP = (3, 14)
_WITH_VALUE = ("--spec", "-o")
"""Flags of most verbs that take a value; they may stand before the verb."""


class ArgumentParser(argparse.ArgumentParser):
    """A parser that raises WrongCallError, with the nearest flag or value that exists."""

    def __init__(self, **settings: Any) -> None:
        if sys.version_info >= _COLOURS_HELP:
            settings.setdefault("color", False)
        super().__init__(allow_abbrev=False, **settings)

    def parse(self, arguments: Sequence[str]) -> Call:
        """What was asked for; flags may stand between the other words. Raises WrongCallError."""
        self.refuse_unknown_flags(arguments)
        return self.parse_intermixed_args(arguments, Call())

    def refuse_unknown_flags(self, arguments: Sequence[str]) -> None:
        """Raise WrongCallError for the first flag that does not exist."""
        for flag in _flags(arguments):
            if flag not in self._option_string_actions:
                self.error(f"{flag} is not a flag of `{self.prog}`{self._meant(flag)}; `{self.prog} --help` lists all")

    def refuse_verb(self, word: str, verbs: Iterable[str]) -> NoReturn:
        """Raise WrongCallError for a word that is not a verb."""
        from kkinfra.values.suggestions import did_you_mean

        hint = did_you_mean(word, verbs)
        self.error(f"{word!r} is not a verb of `{self.prog}`{hint}; `{self.prog} --help` lists all")

    def error(self, message: str) -> NoReturn:
        """Raise WrongCallError, since a wrong call exits 1: 2 says that files differ."""
        from kkinfra.errors import WrongCallError

        raise WrongCallError(message, self.format_usage())

    def _meant(self, flag: str) -> str:
        """The flags that begin as this one does, else the nearest."""
        from kkinfra.values.suggestions import did_you_mean

        known = [each for each in self._option_string_actions if each.startswith("--")]
        longer = [each for each in known if each.startswith(flag)]
        if len(longer) > 1:
            return f" (did you mean one of {', '.join(longer)}?)"
        return did_you_mean(longer[0] if longer else flag, known)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse a value that is none of the choices, in the same words on every Python."""
        if action.choices is not None and value not in action.choices:
            from kkinfra.values.suggestions import did_you_mean

            choices = [str(each) for each in action.choices]
            problem = f"{value!r} is none of {', '.join(choices)}{did_you_mean(value, choices)}"
            raise argparse.ArgumentError(action, problem)


def _flags(arguments: Iterable[str]) -> Iterable[str]:
    """The flags among some words as argparse sees them: not after `--`, and no number, nor anything with a space."""
    for word in arguments:
        if word == "--":
            return
        name = word.partition("=")[0] if word.startswith("--") else word[:2]
        if name.startswith("-") and name != "-" and not (name[1].isdigit() or name[1] == "." or " " in name):
            yield name


def verb_first(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The verb, empty where there is none, and all other words; flags may stand before it."""
    taken = 0
    while taken < len(arguments) and arguments[taken].startswith("-"):
        taken += 2 if arguments[taken] in _WITH_VALUE else 1
    if taken >= len(arguments):
        return "", list(arguments)
    return arguments[taken], [*arguments[:taken], *arguments[taken + 1 :]]


def behind_dashes(arguments: Sequence[str], verb: str) -> tuple[list[str], list[str]]:
    """The words of a call, and those behind `--` of a verb that takes a command there."""
    if verb != "run" or "--" not in arguments:
        return [*arguments], []
    at = list(arguments).index("--")
    return [*arguments[:at]], [*arguments[at + 1 :]]


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a call, which may be a wrong one, asks for JSON."""
    import re

    return bool(re.search(r"(^|\0)-[qv]*o[\0=]?json($|\0)", "\0".join(arguments)))
