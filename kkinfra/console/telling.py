"""What is told to whoever waits: each step as it begins, and every few seconds that it still lasts."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kkinfra.console.events import Happened, Output
from kkinfra.console.progress import progress_for
from kkinfra.errors import ClusterError, DeployError, HostError, InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Self

    from kkinfra.console.manner import Manner
    from kkinfra.console.progress import Progress

EVERY_SECONDS = 4.0
"""After which a step that has not ended is told again: nobody waits for more than five seconds in silence."""


@contextmanager
def telling_for(options: Manner, mask: Callable[[str], str] = str) -> Generator[Telling]:
    """Tell steps as `-q`, `-v` and the terminal ask for it."""
    with progress_for(options) as progress, Telling(progress, mask) as telling:
        yield telling


class Telling:
    """Tells each step, masked; a context manager, within which a step that lasts is told again.

    `mask` may be set later, as secrets become known. The text of what goes wrong within it is masked, too.
    """

    def __init__(self, progress: Progress, mask: Callable[[str], str] = str) -> None:
        self.mask = mask
        self._progress = progress
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._text, self._began, self._told = "", 0.0, 0.0

    def __call__(self, text: str) -> None:
        """A step begins."""
        with self._lock:
            self._text, self._began = text, time.monotonic()
            self._told = self._began
            self._progress.begin(self.mask(text))

    def note(self, text: str) -> None:
        """Something worth reading within a step."""
        self._progress(Output(self.mask(text)))

    def happened(self, text: str, seconds: float) -> None:
        """Something happened on the way, `seconds` after the beginning; the step before is over."""
        with self._lock:
            self._text = ""
            self._progress(Happened(self.mask(text), seconds))

    def pause(self) -> None:
        """The step is over, and none begins for now."""
        with self._lock:
            self._text = ""
            self._progress.pause()

    def _repeat(self) -> None:
        while not self._over.wait(EVERY_SECONDS / 8):
            with self._lock:
                now = time.monotonic()
                if self._text and now - self._told >= EVERY_SECONDS:
                    self._told = now
                    self._progress.still(self.mask(self._text), now - self._began)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: object, value: BaseException | None, _trace: object) -> None:
        self._over.set()
        self._thread.join()
        if isinstance(value, ClusterError):
            raise ClusterError(self.mask(str(value)), value.status, value.reason) from value
        if isinstance(value, HostError):
            raise HostError(self.mask(str(value)), value.kind, value.where) from value
        if isinstance(value, DeployError | InterruptedRunError):
            raise type(value)(self.mask(str(value))) from value
