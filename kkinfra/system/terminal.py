"""The terminal of the caller, given over to a program elsewhere for a while, and given back whatever happens."""

from __future__ import annotations

import os
import signal
import termios
import threading
import tty
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from kkinfra.errors import ProcessError

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

_ENDS = (signal.SIGTERM, signal.SIGHUP)
_UNKNOWN = (24, 80)


def size(handle: int) -> tuple[int, int]:
    """Rows and columns of a terminal; those of an old one where it does not say."""
    try:
        columns, rows = os.get_terminal_size(handle)
    except OSError:
        return _UNKNOWN
    return (rows, columns) if rows and columns else _UNKNOWN


@contextmanager
def raw(handle: int) -> Generator[None]:
    """Let every key through, Ctrl-C, too, and restore the terminal; raises ProcessError where it is none.

    A signal that would end the process raises SystemExit meanwhile, so that the terminal is restored then, too.
    """
    try:
        before = termios.tcgetattr(handle)
    except termios.error as error:
        raise ProcessError(f"file descriptor {handle} is no terminal ({error.args[-1]}); run without one") from error
    with _ends_raise():
        try:
            tty.setraw(handle, termios.TCSADRAIN)
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(handle, termios.TCSADRAIN, before)


@contextmanager
def _ends_raise() -> Generator[None]:
    if threading.current_thread() is not threading.main_thread():  # which alone hears signals
        yield
        return
    before = {number: signal.signal(number, _end) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
