"""What goes wrong on the host, as the person who deploys will read it."""

from __future__ import annotations


class HostError(Exception):
    """Something that stops a request; the text says what, why and what to do, and holds no secret.

    `kind` is for programs: `failed`, `locked`, `changed` (since the plan), `cancelled`.
    """

    def __init__(self, message: str, kind: str = "failed") -> None:
        super().__init__(message)
        self.kind = kind


class CancelledError(BaseException):
    """Whoever deploys asked to stop; like KeyboardInterrupt, nothing that catches errors may catch this."""
