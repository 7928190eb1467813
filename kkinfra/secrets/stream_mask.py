"""Mask secrets in what comes piece by piece, as a command prints it."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from kkinfra.values.secret import MASK

if TYPE_CHECKING:
    from kkinfra.secrets.mask import Mask

_CONTEXT = 128
_ANY_BYTES = "surrogateescape"  # what is no UTF-8 comes out as it came in


class StreamMask:
    """Mask a stream of bytes as `Mask` masks a text, whichever pieces it comes in.

    The end of what came is kept back, as it may be the start of a secret: as much as the longest secret needs. Call
    `flush` once nothing has come for a moment, so that a prompt appears; a secret that continues after it is not found.
    """

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._decoder = codecs.getincrementaldecoder("utf-8")(_ANY_BYTES)
        self._text = ""
        """What was shown already as far as it says what the rest is part of (Base64), and what is kept back."""
        self._shown = 0
        """How much of that was shown."""

    @property
    def is_holding(self) -> bool:
        """Whether something is kept back."""
        return self._shown < len(self._text) or bool(self._decoder.getstate()[0])

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes; return what can be shown by now."""
        if not self._mask.longest:
            return data
        self._text += self._decoder.decode(data)
        end = len(self._text) - self._mask.longest - 1
        return self._show(end) if end > self._shown else b""

    def flush(self) -> bytes:
        """Return all that is kept back."""
        self._text += self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return self._show(len(self._text), is_end=True)

    def _show(self, end: int, *, is_end: bool = False) -> bytes:
        """Show the text up to `end`, or to where a secret starts that ends later, or may merge with what comes."""
        spans = [span for span in self._mask.spans(self._text) if span[1] > self._shown]
        if not is_end:
            end = next((start for start, stop in spans if start < end <= stop), end)
        shown: list[str] = []
        at = self._shown
        for start, stop in spans:
            if start >= end:
                break
            shown += (self._text[at:start], MASK)
            at = stop
        shown.append(self._text[at:end])
        kept = max(0, end - _CONTEXT)
        self._text, self._shown = self._text[kept:], end - kept
        return "".join(shown).encode(errors=_ANY_BYTES)
