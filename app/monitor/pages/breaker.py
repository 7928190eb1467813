"""What is away is not waited for by every request."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSE_SECONDS = 5.0
PATIENCE_SECONDS = 2.0
"""Who has no answer after this long is taken to get none: a frozen server holds connections without a word."""

logger = logging.getLogger(__name__)


class Away(Exception):  # noqa: N818 - it is what callers are told, and none of them is at fault
    """Something that pages are made with cannot be reached; the message names it."""


class Breaker:
    """The knowledge of one process that something is away.

    After a failure, or while somebody waits in vain, nobody tries for `PAUSE_SECONDS`; then one caller does, and the
    others go on without until it worked. This is a circuit breaker:
    https://learn.microsoft.com/azure/architecture/patterns/circuit-breaker.
    """

    def __init__(self, name: str, *errors: type[Exception]) -> None:
        self._name = name
        self._errors = errors
        self._lock = Lock()
        self._next_try: float | None = None
        self._begun: set[float] = set()

    @property
    def away(self) -> bool:
        """Whether it was away when it was last tried, or somebody waits for it in vain."""
        return self._next_try is not None or self._hangs()

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Run what needs it; raises `Away` for its errors, or at once while nobody is to try."""
        begun = self._begin()
        try:
            yield
        except self._errors as error:
            self._failed(str(error))
            raise Away(self._name) from error
        except BaseException:
            self.reset()
            raise
        else:
            self.reset()
        finally:
            self._begun.discard(begun)

    def reset(self) -> None:
        """Forget that it was away, and who still waits: it answers."""
        if self._next_try is not None:
            logger.info("%s is back", self._name)
        self._next_try = None
        self._begun = set()

    def _begin(self) -> float:
        with self._lock:
            if self._next_try is None and self._hangs():
                self._failed("no answer")
            now = monotonic()
            if self._next_try is not None:
                if now < self._next_try:
                    raise Away(self._name)
                self._next_try = now + PAUSE_SECONDS
            self._begun.add(now)
            return now

    def _hangs(self) -> bool:
        return monotonic() - min(self._begun.copy(), default=monotonic()) > PATIENCE_SECONDS

    def _failed(self, reason: str) -> None:
        if self._next_try is None:
            logger.warning("%s is away: %s", self._name, reason)
        self._next_try = monotonic() + PAUSE_SECONDS
