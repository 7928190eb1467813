"""What beat starts, and how often."""

from __future__ import annotations

from typing import Any


def every(seconds: int, task: str) -> dict[str, Any]:
    """Return an entry whose run is dropped if no worker took it before the next one was due."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


SCHEDULE = {
    "probes": every(5, "monitor.schedule_probes"),
    "notifications": every(30, "monitor.deliver_notifications"),
    "figures": every(60, "monitor.roll_up"),
    "retention": every(3600, "monitor.forget"),
}
