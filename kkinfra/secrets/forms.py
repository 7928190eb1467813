"""How a text looks where others wrote it: regular expressions of it as it is, escaped, and quoted.

Each is unambiguous, so that none of them takes exponential time on any text.
"""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST_FORM = 512
"""Characters of a text that one expression finds; longer ones would take long to compile."""

_BACKSLASH = r"(?:\\|%(?:25)*5[cC])"
_NAMED = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f"}
_PLAIN = re.compile(r"[A-Za-z0-9]")
_RUNS = re.compile(r"(\\*)([^\\]|$)", re.DOTALL)


def forms(text: str) -> Iterator[str]:
    """Expressions of a text; a long one is found piece by piece, so also where its end is cut off."""
    last = max(0, len(text) - LONGEST_FORM)
    for start in (*range(0, last, LONGEST_FORM), last):
        piece = text[start : start + LONGEST_FORM]
        yield from _escaped(piece)


def _escaped(text: str) -> Iterator[str]:
    """The text as it is, and as JSON, Python, shells, URLs and HTML write it; JSON also within the others."""
    yield re.escape(text)
    yield re.escape(text.replace("'", "'\"'\"'"))
    yield re.escape(text.replace("'", r"'\''"))
    yield _by_character(text, _in_urls)
    yield _by_character(text, _in_html)
    if "%" in text and "&" in text:  # otherwise, one of those two also finds what is only escaped
        yield _by_character(text, re.escape)


def _by_character(text: str, writes: Callable[[str], str]) -> str:
    """An expression for each character with the backslashes before it."""
    return "".join(_character(len(found[1]), found[2], writes) for found in _RUNS.finditer(text))


def _character(backslashes: int, character: str, writes: Callable[[str], str]) -> str:
    """Escaping adds backslashes before some characters, and doubles those that are there."""
    if _PLAIN.match(character):
        return f"{_BACKSLASH}{{{backslashes},}}+{character}" if backslashes else character
    before = f"{_BACKSLASH}{{{backslashes},}}+"
    return f"{before}(?:{writes(character)}|{_codes(character)})" if character else before * bool(backslashes)


@cache
def _in_urls(character: str) -> str:
    """Percent-encoded, perhaps more than once, or as it is; `%` itself is always encoded."""
    encoded = "".join(f"%(?:25)*{_either_case(f'{byte:02x}')}" for byte in character.encode())
    own = {"%": "%25", " ": r"\+|\ "}.get(character, re.escape(character))
    return f"{own}|{encoded}" if character != "%" else "%(?:25)+"


@cache
def _in_html(character: str) -> str:
    """As a character reference, or as it is; `&` itself is always one."""
    number = ord(character)
    named = html.escape(character)
    references = {named[1:-1]} if named != character else set[str]()
    references |= {f"#0*{number}", f"#[xX]0*{_either_case(f'{number:x}')}"}
    encoded = f"&(?:{'|'.join(sorted(references))});"
    return encoded if character == "&" else f"{re.escape(character)}|{encoded}"


@cache
def _codes(character: str) -> str:
    """What may stand after a backslash for a character: its name, or its number in JSON, or in Python."""
    in_bytes = f"{_BACKSLASH}+".join(f"x{_either_case(f'{byte:02x}')}" for byte in character.encode())
    units = character.encode("utf-16-be")
    in_json = f"{_BACKSLASH}+".join(f"u{_either_case(units[at : at + 2].hex())}" for at in range(0, len(units), 2))
    number = f"{ord(character):x}"
    in_python = {f"x{_either_case(number.zfill(2))}", f"U{_either_case(number.zfill(8))}"}
    return "|".join(sorted({in_bytes, in_json, *in_python} | ({_NAMED[character]} if character in _NAMED else set())))


def _either_case(digits: str) -> str:
    return "".join(f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in digits)
