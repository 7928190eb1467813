"""Text as a terminal shows it: columns of characters, and wrapping and padding by them.

A character of East Asian width Wide or Fullwidth takes two columns; an ambiguous one takes one, as outside of East
Asian legacy encodings (Unicode Standard Annex 11); combining marks and Hangul vowels and finals that join the
syllable before them take none.
"""

from __future__ import annotations

import re
import unicodedata

_JOINING = frozenset({"Mn", "Me", "Cf"})
_CHUNK = re.compile(r"[^/_:.,-]*[/_:.,-]|[^/_:.,-]+")
_FIRST_VOWEL, _LAST_FINAL = "\u1160", "\u11ff"


def display_width(text: str) -> int:
    """The number of columns that text takes."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.category(character) in _JOINING or _FIRST_VOWEL <= character <= _LAST_FINAL:
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fitting(text: str, width: int) -> str:
    """As much of a text, from its beginning, as a width takes."""
    for end, character in enumerate(text):
        width -= _columns(character)
        if width < 0:
            return text[:end]
    return text


def padded(text: str, width: int) -> str:
    """Text with blanks behind it, up to a width."""
    return text + " " * (width - display_width(text))


def wrapped(text: str, width: int) -> list[str]:
    """Text in lines no wider than `width` (2 at least), broken between words, and in a word that is wider itself."""
    lines = [""]
    for word in text.split():
        pieces = _pieces(word, width)
        joined = f"{lines[-1]} {pieces[0]}".lstrip()
        if display_width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(pieces[0])
        lines += pieces[1:]
    return lines


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces no wider than `width`, broken behind punctuation where there is any; one that fits is one."""
    pieces = [""]
    for chunk in [word] if display_width(word) <= width else _CHUNK.findall(word):
        for part in [chunk] if display_width(chunk) <= width else chunk:
            if display_width(pieces[-1] + part) > width:
                pieces.append("")
            pieces[-1] += part
    return pieces
