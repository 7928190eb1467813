"""Moments as people and programs read them, in UTC; each is in seconds since 1970."""

from __future__ import annotations

import time


def minute(seconds: float) -> str:
    """To the minute: `2026-11-25 10:00 UTC`."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def second(seconds: float) -> str:
    """To the second: `2026-11-25 10:00:30 UTC`."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def iso(seconds: float) -> str:
    """As RFC 3339 has it: `2026-11-25T10:00:30Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
