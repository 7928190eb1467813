"""The verb `lock`: who holds the lock of an environment, and taking it away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.reaching import reached
from kkinfra.console.output import emit_or_say
from kkinfra.system.exit_codes import DONE, FAILED

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.lock import LockStatus

VERSION = 1
"""Of the document (docs/lock.schema.json); raised when a key goes or means something else."""


def run(options: Call) -> int:
    """Show the holder, or release the lock; returns the exit code."""
    is_release = options.action == "release"
    with reached(options) as (session, telling):
        found = session.release_lock() if is_release else session.lock()
        telling.pause()
    document = {"version": VERSION, "environment": options.environment, **found.as_json()}
    emit_or_say(options, document, _told(options.environment, found, is_release=is_release))
    return FAILED if is_release and found.held else DONE


def _told(environment: str, found: LockStatus, *, is_release: bool) -> str:
    if is_release and found.holder:
        return "it is still held: see who runs there" if found.held else f"released; it was held by {found.holder}"
    if found.held:
        return f"{environment} is locked by {found.holder}"
    left = f"; it was left without an end by {found.holder}" if found.holder else ""
    return f"{environment} is free{left}"
