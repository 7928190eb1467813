"""The terminal that kkinfra runs in, as a command elsewhere needs it: raw, and with its size."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_USUAL = (80, 24)


@contextmanager
def raw(descriptor: int) -> Generator[None]:
    """Pass on each key as it is pressed, Ctrl-C too; the terminal is as before afterwards, whatever happens."""
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    try:
        tty.setraw(descriptor)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def size(descriptor: int) -> tuple[int, int]:
    """Return columns and lines; those of a terminal of old where it does not say them."""
    try:
        columns, lines = os.get_terminal_size(descriptor)
    except OSError:
        return _USUAL
    return (columns, lines) if columns and lines else _USUAL


@contextmanager
def resizes() -> Generator[int]:
    """Give a descriptor that is readable once the terminal was resized; outside of the main thread, it never is."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)

    def note(_number: int, _frame: object) -> None:
        with suppress(OSError):  # the pipe is full of it
            os.write(writer, b"\n")

    try:
        with _handling(signal.SIGWINCH, note):
            yield reader
    finally:
        os.close(reader)
        os.close(writer)


@contextmanager
def _handling(number: signal.Signals, handler: object) -> Generator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(number, handler)  # type: ignore[arg-type]
    try:
        yield
    finally:
        signal.signal(number, before if before is not None else signal.SIG_DFL)


@contextmanager
def ended_by_signals(make: type[BaseException]) -> Generator[None]:
    """Raise an error where the process is asked to end (SIGTERM, SIGHUP), so that what was begun is cleaned up."""

    def end(number: int, _frame: object) -> None:
        raise make(f"ended by {signal.Signals(number).name}")

    with _handling(signal.SIGTERM, end), _handling(signal.SIGHUP, end):
        yield
