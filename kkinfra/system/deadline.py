"""A limit to how long a block of code may take, whatever it waits for."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.errors import KkinfraError

_AGAIN_SECONDS = 1


class _ExpiredError(BaseException):
    """Like KeyboardInterrupt, nothing on the way that catches errors may catch this."""


@contextmanager
def deadline(seconds: int, error: KkinfraError) -> Generator[None]:
    """Raise `error` in the block once it has taken so many seconds; for the main thread, where signals arrive."""

    def expire(_number: int, _frame: object) -> None:
        raise _ExpiredError

    before = signal.signal(signal.SIGALRM, expire)
    # Repeated, since an exception that a destructor runs into is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_SECONDS)
    try:
        yield
    except _ExpiredError:
        raise error from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
