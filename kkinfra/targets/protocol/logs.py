"""Lines of logs, and which of them are asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogRequest:
    """Lines of these `parts`, or of all where none is named: the last `tail` of each, then all that come."""

    parts: tuple[str, ...] = ()
    tail: int = 100
    follow: bool = False


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that a part printed, `at` a time (RFC 3339), empty where that is not known; or `is_news` of the part.

    >>> production.logs("web", hear=print, tail=1)
    LogLine(part='web', text='listening', at='2025-11-25T01:02:03Z', is_news=False)
    """

    part: str
    text: str
    at: str = ""
    is_news: bool = False
