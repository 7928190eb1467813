"""Ctrl-C in a process of kkinfra's own: it always ends the verb, and never with a traceback."""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # as in kkinfra.cli.main, where nothing is imported that is not needed
if TYPE_CHECKING:
    import signal
    from sys import UnraisableHookArgs
    from types import FrameType
else:
    import _signal as signal  # `signal` itself takes a hundred times as long, in which nothing answers Ctrl-C yet

_SOON_SECONDS = 0.01
_MOST_DELAYS = 200
_delays: list[None] = []
_raised: list[None] = []


def prepare() -> None:
    """Let Ctrl-C raise KeyboardInterrupt where that can be raised; where SIGINT is ignored, it stays so."""
    sys.unraisablehook = _delay_what_is_lost
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def finish() -> None:
    """Let Ctrl-C simply end the process, now that nothing is left to be done but its exit."""
    if signal.getsignal(signal.SIGINT) is _interrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def has_come() -> bool:
    """Whether KeyboardInterrupt was raised, of which somebody on the way may have made another error."""
    return bool(_raised)


def _interrupt(_number: int, frame: FrameType | None) -> None:
    """Raise KeyboardInterrupt, but for the two seconds that something delicate may take not in the middle of it.

    An import makes other errors of it: RuntimeError where a class is made, a panic where a module is written in Rust.
    Pydantic makes a validator of it that refuses every text.
    """
    if _is_delicate(frame) and len(_delays) < _MOST_DELAYS:
        _delays.append(None)
        _delay()
        return
    _raised.append(None)
    raise KeyboardInterrupt


def _is_delicate(frame: FrameType | None) -> bool:
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if module == "importlib._bootstrap" or module.partition(".")[0] == "pydantic":
            return True
        frame = frame.f_back
    return False


def _delay_what_is_lost(unraisable: UnraisableHookArgs) -> None:
    """Bring KeyboardInterrupt again that came in a callback (of a lock, say), which lets no error out."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        _delay()
    else:
        sys.__unraisablehook__(unraisable)


def _delay() -> None:
    import _thread

    _thread.start_new_thread(_interrupt_soon, (_thread.get_ident(),))


def _interrupt_soon(thread: int) -> None:
    """Send the signal once more; `interrupt_main` would wake nobody who sleeps or reads by then."""
    import time

    time.sleep(_SOON_SECONDS)
    signal.pthread_kill(thread, signal.SIGINT)
