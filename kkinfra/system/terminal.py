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
    from collections.abc import Callable, Generator
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
    with _handling(_end, *_ENDS):
        try:
            tty.setraw(handle, termios.TCSADRAIN)
            yield
        finally:
            with suppress(termios.error):
                termios.tcsetattr(handle, termios.TCSADRAIN, before)


@contextmanager
def resizes() -> Generator[int]:
    """Give a descriptor that is readable once the terminal was resized; outside of the main thread, it never is."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def note(_number: int, _frame: FrameType | None) -> None:
        with suppress(OSError):  # the pipe is full of it
            os.write(writer, b"\n")

    try:
        with _handling(note, signal.SIGWINCH):
            yield reader
    finally:
        os.close(reader)
        os.close(writer)


@contextmanager
def ended_by_signals(make: Callable[[str], BaseException]) -> Generator[None]:
    """Raise an error where the process is asked to end (SIGTERM, SIGHUP), so that what was begun is cleaned up."""

    def end(number: int, _frame: FrameType | None) -> None:
        raise make(f"ended by {signal.Signals(number).name}")

    with _handling(end, *_ENDS):
        yield


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals) -> Generator[None]:
    if threading.current_thread() is not threading.main_thread():  # which alone hears signals
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, signal.SIG_DFL if was is None else was)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
