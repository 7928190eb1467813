"""One run at a time: a lock that the kernel gives back when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Any

from kkinfra.host.errors import HostError
from kkinfra.host.plain import mapping

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.host.layout import Layout

_STEP_SECONDS = 0.2
_GLANCE_SECONDS = 1  # `status` holds it for a moment


@contextlib.contextmanager
def held(layout: Layout, holder: dict[str, Any], *, wait: float = 0) -> Generator[None]:
    """Hold the lock; raises HostError of the kind `locked`, naming who holds it, after `wait` seconds.

    The text of the file is only for people: a holder that is gone holds nothing.
    """
    layout.directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(handle, layout, time.monotonic() + max(wait, _GLANCE_SECONDS))
        _write(handle, {**holder, "pid": os.getpid(), "since": time.time()})
        try:
            yield
        finally:
            _write(handle, None)
    finally:
        os.close(handle)


def tell_phase(layout: Layout, phase: str) -> None:
    """Say what the holder is doing; for the holder only."""
    said = read(layout)
    if said is None:
        return
    handle = os.open(layout.lock, os.O_RDWR)
    try:
        _write(handle, {**said, "phase": phase})
    finally:
        os.close(handle)


def status(layout: Layout) -> dict[str, Any]:
    """Whether it is held, and by whom; where it is not, who left it without ending (`left_by`)."""
    if not layout.lock.exists():
        return {"held": False}
    handle = os.open(layout.lock, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        left = read(layout)
    except OSError:
        return {"held": True, "holder": read(layout) or {}}
    finally:
        os.close(handle)
    return {"held": False, **({"left_by": left} if left else {})}


def read(layout: Layout) -> dict[str, Any] | None:
    """What the holder wrote, or None."""
    try:
        said = json.loads(layout.lock.read_text())
    except (OSError, ValueError):
        return None
    return mapping(said) or None


def describe(holder: dict[str, Any]) -> str:
    """Who holds it, since when, and what for, in one line."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(holder.get("since", 0)))
    who, what, phase = holder.get("who", "somebody"), holder.get("what", "a run"), holder.get("phase", "")
    run = f", {holder['ci']}" if holder.get("ci") else ""
    return f"{who} ({what} since {since}{f', now: {phase}' if phase else ''}{run})"


def _take(handle: int, layout: Layout, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        else:
            return
        if time.monotonic() >= until:
            holder = describe(read(layout) or {})
            remedy = "wait for it (--lock-wait SECONDS), or end it with `kkinfra lock release ENV`"
            raise HostError(f"the host is locked by {holder}; nothing was changed; {remedy}", "locked")
        time.sleep(_STEP_SECONDS)


def _write(handle: int, said: dict[str, Any] | None) -> None:
    content = (json.dumps(said) + "\n").encode() if said else b""
    os.lseek(handle, 0, os.SEEK_SET)
    with contextlib.suppress(OSError):  # on a full disk
        os.write(handle, content)
        os.ftruncate(handle, len(content))
