"""Services of systemd(1)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 30
_ABOUT_SECONDS = 60
_START_SECONDS = 180


def is_active(unit: str) -> bool:
    """Whether a unit runs; one that is about to, as after a boot, is waited for."""
    until = time.monotonic() + _ABOUT_SECONDS
    while (done := process.run(["systemctl", "is-active", unit], seconds=_SECONDS)).output.strip() == "activating":
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return done.code == 0


def is_enabled(unit: str) -> bool:
    """Whether a unit is started with the machine."""
    return process.run(["systemctl", "is-enabled", "--quiet", unit], seconds=_SECONDS).code == 0


def missing(*units: str) -> list[str]:
    """What has to be done so that units run, now and after a reboot."""
    return [
        *(f"enable {unit}" for unit in units if not is_enabled(unit)),
        *(f"start {unit}" for unit in units if not is_active(unit)),
    ]


def enable(*units: str) -> None:
    """Start units, now and with the machine; raises HostError with what they logged last."""
    for unit in units:
        change(["enable", "--now"], unit)


def change(verb: Sequence[str], unit: str) -> None:
    """Do something to a unit that failed before or not; raises HostError with what it logged last."""
    process.run(["systemctl", "reset-failed", unit], seconds=_SECONDS)
    done = process.run(["systemctl", *verb, unit], seconds=_START_SECONDS)
    if done.code:
        logged = process.run(
            ["journalctl", "--no-pager", "--lines=20", "--output=cat", f"--unit={unit}"], seconds=_SECONDS
        )
        raise HostError(f"`systemctl {' '.join(verb)} {unit}` exited with {done.code}:\n{done.said}\n{logged.said}")
