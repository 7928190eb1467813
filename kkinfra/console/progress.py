"""What a person sees of a build while it lasts, on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TextIO

from kkinfra.console.events import Begin, Event, Happened, Heard, ImageLayer, Output, Step
from kkinfra.console.output import paint
from kkinfra.values.display_width import fitting

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from kkinfra.console.manner import Manner

_CLEAR = "\r\x1b[2K"
_CACHED = "---> Using cache"
_MEGABYTE = 1_000_000


class Progress:
    """What hears of progress; by itself it shows nothing at all."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        """Leave nothing behind, as there is nothing."""

    def __call__(self, event: Event) -> None:
        """Hear an event."""

    def begin(self, what: str) -> None:
        """Something starts that may take a while."""

    def still(self, what: str, seconds: float) -> None:
        """What was begun still lasts."""

    def pause(self) -> None:
        """What was begun is done, and other things are about to be printed."""


@dataclass(slots=True)
class HeardProgress(Progress):
    """Somebody hears every event, as a program does that deploys."""

    hear: Callable[[Heard], object]

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        self.hear(event)

    def begin(self, what: str) -> None:
        """Tell what starts, as an event."""
        self.hear(Begin(what))

    def still(self, what: str, seconds: float) -> None:
        """Tell what lasts, as an event."""
        self.hear(Begin(_lasting(what, seconds)))


@dataclass(slots=True)
class LineProgress(Progress):
    """Every step and what it prints, line by line; with `details`, what the engine says besides."""

    stream: TextIO
    details: bool = False
    _told: dict[str, str] = field(default_factory=dict[str, str])

    def __call__(self, event: Event) -> None:
        """Print an event."""
        if isinstance(event, Step | Happened) or (isinstance(event, Output) and (self.details or not event.detail)):
            self._print(str(event))
        elif isinstance(event, ImageLayer) and self.details and self._told.get(event.id) != event.status:
            self._told[event.id] = event.status
            self._print(str(event))

    def begin(self, what: str) -> None:
        """Print what starts."""
        self._told.clear()
        self._print(what)

    def still(self, what: str, seconds: float) -> None:
        """Print what lasts."""
        self._print(_lasting(what, seconds))

    def _print(self, line: str) -> None:
        print(line, file=self.stream, flush=True)


@dataclass(slots=True)
class LiveProgress(Progress):
    """One line a step, the last of which shows what the step prints, or how far the layers are."""

    stream: TextIO
    _title: str = ""
    _started: float = 0
    _cached: bool = False
    _layers: dict[str, ImageLayer] = field(default_factory=dict[str, ImageLayer])

    def __exit__(self, kind: object, value: object, trace: object) -> None:
        """Leave the last line as finished, or take it away where it is not."""
        self._close(finished=kind is None)

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Step):
            self.begin(f"{event.number}/{event.of} {event.instruction}")
        elif isinstance(event, ImageLayer):
            self._layers[event.id] = event
            self._show(self._how_far(event))
        elif isinstance(event, Happened):
            self.pause()
            print(event, file=self.stream, flush=True)
        elif not event.detail:
            self._show(event.line)
        elif event.line == _CACHED:
            self._cached = True

    def begin(self, what: str) -> None:
        """Finish the line before, and start another."""
        self._close(finished=True)
        self._title, self._started, self._cached = what, time.monotonic(), False
        self._layers.clear()
        self._show("")

    def still(self, what: str, seconds: float) -> None:  # noqa: ARG002 - it is on the line already
        """Show for how long it lasts."""
        self._show(f"for {seconds:.0f} s")

    def pause(self) -> None:
        """Finish the line before."""
        self._close(finished=True)

    def _close(self, *, finished: bool) -> None:
        if not self._title:
            return
        took = "cached" if self._cached else f"{time.monotonic() - self._started:.1f} s"
        line = f"{self._fitting(self._title, 12)}  {paint(took, 'dim', self.stream)}\n" if finished else ""
        self.stream.write(f"{_CLEAR}{line}")
        self.stream.flush()
        self._title = ""

    def _show(self, beside: str) -> None:
        text = f"{self._title}  {beside}" if beside else self._title
        self.stream.write(f"{_CLEAR}{self._fitting(text)}")
        self.stream.flush()

    def _fitting(self, text: str, room: int = 1) -> str:
        """As much of a text as one line of the terminal takes, less some room."""
        return fitting(text, shutil.get_terminal_size().columns - room)

    def _how_far(self, event: ImageLayer) -> str:
        size = sum(layer.size for layer in self._layers.values())
        done = sum(min(layer.done, layer.size) for layer in self._layers.values())
        return f"{done / _MEGABYTE:.1f} of {size / _MEGABYTE:.1f} MB, {event.status}" if size else event.status


def _lasting(what: str, seconds: float) -> str:
    return f"{what} (for {seconds:.0f} s)"


def progress_for(options: Manner) -> Progress:
    """What `-q`, `-v` and the terminal ask for; nothing with --watch, which tells what it found alone."""
    if options.quiet or getattr(options, "watch", None):
        return Progress()
    if options.verbose or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return LineProgress(sys.stderr, details=options.verbose)
    return LiveProgress(sys.stderr)
