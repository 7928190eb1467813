"""Where a text stands in Base64 (RFC 4648), by itself or within something longer, and however that is wrapped."""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ALPHABET = r"[A-Za-z0-9+/]"
_OTHER_ALPHABET = str.maketrans("-_", "+/")
_WRITTEN_OTHERWISE = re.compile(
    rf"(?P<plus>%2[bB])|(?P<slash>%2[fF]|\\+/)|(?<={_ALPHABET})(?:\s|\\+[nr])+(?={_ALPHABET})"
)
_TRIPLE, _BITS = 3, 6


class Base64Form(NamedTuple):
    """The characters that depend on a text alone, and whether the ones beside them depend on it in part."""

    inner: str
    has_before: bool
    has_after: bool


def base64_forms(text: str) -> Iterator[Base64Form]:
    """The three forms of a text, as zero, one or two bytes of a triple may stand before it."""
    content = text.encode()
    for before in range(_TRIPLE):
        whole = base64.b64encode(b"\0" * before + content).decode()
        bits = (before + len(content)) * 8
        first, last = -(-before * 8 // _BITS), bits // _BITS
        yield Base64Form(whole[first:last], before > 0, bits % _BITS > 0)


def base64_spans(text: str, forms: Iterable[Base64Form]) -> Iterator[tuple[int, int]]:
    """Start and end of each place where a form stands, with the characters beside it that depend on it in part."""
    normal = _Normal(text)
    for form in forms:
        start = normal.text.find(form.inner)
        while start >= 0:
            end = start + len(form.inner)
            yield normal.start(max(0, start - form.has_before)), normal.end(min(len(normal.text), end + form.has_after))
            start = normal.text.find(form.inner, start + 1)


class _Normal:
    """A text in the alphabet of RFC 4648, section 4, in one line, which remembers what stood where."""

    def __init__(self, text: str) -> None:
        self._pieces: list[tuple[int, int]] = []
        """Where it starts in the text as it was, and how much longer it was there."""
        self._starts: list[int] = []
        self._length = 0
        shown: list[str] = []
        at = 0
        translated = text.translate(_OTHER_ALPHABET)
        for found in _WRITTEN_OTHERWISE.finditer(translated):
            character = "+" if found["plus"] else "/" if found["slash"] else ""
            shown += (translated[at : found.start()], character)
            self._add(found.start() - at, at, found.start())
            self._add(len(character), *found.span())
            at = found.end()
        self._add(len(text) - at, at, len(text))
        self.text = "".join((*shown, translated[at:]))

    def _add(self, length: int, start: int, end: int) -> None:
        if length:
            self._starts.append(self._length)
            self._pieces.append((start, end - start - length))
            self._length += length

    def start(self, index: int) -> int:
        """Where a character starts in the text as it was."""
        piece = bisect_right(self._starts, index) - 1
        return self._pieces[piece][0] + index - self._starts[piece]

    def end(self, index: int) -> int:
        """Where the character before an index ends in the text as it was."""
        piece = bisect_right(self._starts, index - 1) - 1
        return self._pieces[piece][0] + index - self._starts[piece] + self._pieces[piece][1]
