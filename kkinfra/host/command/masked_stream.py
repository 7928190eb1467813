"""Secrets, masked in what comes piece by piece: one that arrives in two pieces is masked, too."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from kkinfra.host.masking import secret_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MASK = b"***"
_TELLING = 4
"""So many bytes that are the start of a secret are hardly anything else."""
_PROMPT_SECONDS, _DOUBT_SECONDS = 0.1, 2.0
"""For how long the end of what came is held back: a prompt must appear, though a secret begins as it ends."""


class MaskedStream:
    """Masks bytes as they come; `feed` them, ask for those that are `due`, and at last for the `rest`.

    What may be the start of a secret is held back. Once it has been shown after all, what follows is masked still, if
    the secret goes on.
    """

    def __init__(self, values: Iterable[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._texts = [text.encode() for text in secret_texts(values)]
        self._secret = re.compile(b"|".join(map(re.escape, self._texts))) if self._texts else None
        self._clock = clock
        self._shown, self._held = b"", b""
        self._due = 0.0

    @property
    def due_at(self) -> float | None:
        """When something is due that is held back, by the clock."""
        return self._due if self._held else None

    def feed(self, content: bytes) -> bytes:
        """What may be shown now."""
        known = self._shown + self._held + content
        start = self._start(known)
        told, start = self._masked(known, start)
        self._shown = known[start : max(start, len(self._shown))] if start < len(self._shown) else b""
        self._held = known[start + len(self._shown) :]
        if self._held:
            doubtful = len(known) - start >= _TELLING
            self._due = self._clock() + (_DOUBT_SECONDS if doubtful else _PROMPT_SECONDS)
        return told

    def due(self) -> bytes:
        """What was held back for long enough."""
        if not self._held or self._clock() < self._due:
            return b""
        known = self._shown + self._held
        told, _ = self._masked(known, len(known))
        self._shown = known[self._start(known) :] if told == self._held else b""
        self._held = b""
        return told

    def rest(self) -> bytes:
        """What is left, since nothing follows."""
        self._due = 0.0
        told, _ = self._masked(self._shown + self._held, len(self._shown + self._held))
        self._shown = self._held = b""
        return told

    def _start(self, known: bytes) -> int:
        """Where something starts that may become a secret; the length where nothing does."""
        found = len(known)
        for text in self._texts:
            at = max(0, len(known) - len(text) + 1)
            while (at := known.find(text[:1], at, found)) >= 0:
                if text.startswith(known[at:]):
                    found = at
                    break
                at += 1
        return found

    def _masked(self, known: bytes, end: int) -> tuple[bytes, int]:
        """What begins before an end, masked, without what was shown already; and where the rest begins."""
        seen, at = len(self._shown), 0
        told: list[bytes] = []
        for match in self._secret.finditer(known) if self._secret else ():
            if match.start() >= end:
                break
            told.append(known[max(at, seen) : match.start()])
            if match.end() > seen:
                told.append(_MASK)
            at = match.end()
        told.append(known[max(at, seen) : end])
        return b"".join(told), max(at, end)
