"""Nginx directives as values, and the one place that writes them as text.

A plain word is data: it is quoted wherever it has to be, and cannot end its directive, open a block
or name a variable. Text whose `$` means a variable, or the end of a line in a regular expression, is
an `Expression`, which only a renderer writes and never a specification.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import RendererError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PLAIN = re.compile(r"[A-Za-z0-9_./:=@%+,~^*|?!&<>\[\]()$-]+")
_INDENT = "    "
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Expression(str):
    """A word in which `$` is Nginx's own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive; with a `block`, even an empty one, it opens a context."""

    words: tuple[str, ...]
    block: tuple[Directive, ...] | None = None


def line(*words: str | int) -> Directive:
    """A simple directive: `listen 80;`."""
    return Directive(tuple(_text(word) for word in words))


def block(*words: str | int, of: Iterable[Directive]) -> Directive:
    """A directive with others inside it: `location / { ... }`."""
    return Directive(tuple(_text(word) for word in words), tuple(of))


def text(directives: Iterable[Directive]) -> str:
    """A complete configuration; raises RendererError for a word that Nginx would not read back as it is."""
    return "\n".join(_lines(directives, "")) + "\n"


def _lines(directives: Iterable[Directive], indent: str) -> Iterator[str]:
    for number, directive in enumerate(directives):
        words = " ".join(_quoted(word) for word in directive.words)
        if directive.block is None:
            yield f"{indent}{words};"
        else:
            if number and len(indent) <= len(_INDENT):
                yield ""
            yield f"{indent}{words} {{"
            yield from _lines(directive.block, indent + _INDENT)
            yield f"{indent}}}"


def _text(word: str | int) -> str:
    return word if isinstance(word, str) else str(word)


def _quoted(word: str) -> str:
    """Inside double quotes a backslash escapes itself and the quote (ngx_conf_read_token)."""
    if _CONTROL.search(word):
        raise RendererError(f"{word!r} has a control character, which an Nginx configuration cannot hold")
    if "$" in word and not isinstance(word, Expression):
        raise RendererError(f"{word!r} has a '$', which would name a variable of Nginx")
    if _PLAIN.fullmatch(word):
        return str(word)
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
