"""Faults on command: requests that are refused, delayed or cut off, and watches that end."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.asked import Request

MESSAGES = {
    429: ("TooManyRequests", "Too many requests, please try again later."),
    500: ("InternalError", "Internal error occurred: etcdserver: request timed out"),
    502: ("", "Bad Gateway"),
    503: ("ServiceUnavailable", "the server is currently unable to handle the request"),
    504: ("Timeout", "Timeout: request did not complete within requested timeout - context deadline exceeded"),
}


@dataclass(slots=True)
class Fault:
    """What befalls the requests that match, `left` times.

    `status` answers it; `cut` is `before` or `after` it is done, and nothing is answered; `wait` is in seconds.
    """

    status: int = 0
    cut: str = ""
    wait: float = 0.0
    left: int = 1
    method: str = ""
    path: str = ""
    query: str = ""
    retry_after: int | None = None

    def matches(self, request: Request) -> bool:
        return (
            self.left > 0
            and self.method in ("", request.method)
            and re.search(self.path, request.path) is not None
            and re.search(self.query, request.query) is not None
        )


@dataclass(slots=True)
class Faults:
    """The faults that are still to come. `method` is GET, PATCH...; `path` and `query` are searched as expressions."""

    coming: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    watches_expired: int = 0
    watches_dropped: int = 0
    drop_after: int | None = None
    forget: Callable[[], None] = lambda: None

    def refuse(
        self, status: int, times: int = 1, *, method: str = "", path: str = "", query: str = "",
        retry_after: int | None = None,
    ) -> None:  # fmt: skip
        """The next requests that match are answered with the status: 409, 410, 429, 500, 502, 503 or 504."""
        with self.lock:
            self.coming.append(
                Fault(status, left=times, method=method, path=path, query=query, retry_after=retry_after)
            )

    def cut(
        self, times: int = 1, *, after: bool = False, method: str = "", path: str = "", query: str = ""
    ) -> None:  # fmt: skip
        """The connection of the next requests that match ends, before they are done or after."""
        when = "after" if after else "before"
        with self.lock:
            self.coming.append(Fault(cut=when, left=times, method=method, path=path, query=query))

    def delay(self, seconds: float, times: int = 1, *, method: str = "", path: str = "", query: str = "") -> None:
        """The next requests that match are answered only after so many seconds."""
        with self.lock:
            self.coming.append(Fault(wait=seconds, left=times, method=method, path=path, query=query))

    def expire_watches(self) -> None:
        """Open watches are told 410, and those that start from what was known until now."""
        self.watches_expired += 1
        self.forget()

    def drop_watches(self, after: int | None = None) -> None:
        """Open watches, and logs that are followed, lose their connection; or the next watch, after so many events."""
        if after is None:
            self.watches_dropped += 1
        self.drop_after = after

    def befalling(self, request: Request) -> Fault | None:
        with self.lock:
            found = next((fault for fault in self.coming if fault.matches(request)), None)
            if found is not None:
                found.left -= 1
            return found
