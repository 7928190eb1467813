"""The lock of a namespace: a Lease, with its holder, and an end when the holder is gone.

https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import annotations_of, part
from kkinfra.targets.protocol.lock import LockHolder, LockStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

NAME = "kkinfra-deploy"
SECONDS = 60
"""After which a lease that is not renewed has ended."""

_RENEW_SECONDS = 15.0
_POLL_SECONDS = 2.0
_KIND = BUILT_IN["coordination.k8s.io", "v1", "Lease"]
_WHO, _WHAT, _PHASE, _CI = "kkinfra/who", "kkinfra/what", "kkinfra/phase", "kkinfra/ci"
_CONFLICT, _STUMBLES = 409, 500
_TRIES = 5


def holder(found: JSON | None, now: float) -> LockHolder | None:
    """Who holds a Lease at a time; None where there is none, or it has ended."""
    spec = part(found, "spec")
    renewed = _seconds(str(spec.get("renewTime") or ""))
    return _told(found) if now <= renewed + float(spec.get("leaseDurationSeconds") or SECONDS) else None


def _told(found: JSON | None) -> LockHolder | None:
    """Who is written in a Lease; None where nobody is, as its holder came to an end."""
    spec, told = part(found, "spec"), annotations_of(found or {})
    run = str(spec.get("holderIdentity") or "")
    return LockHolder(
        str(told.get(_WHO, run)), str(told.get(_WHAT, "a deploy")), _seconds(str(spec.get("acquireTime") or "")),
        str(told.get(_PHASE, "")), str(told.get(_CI, "")), run,
    ) if run else None  # fmt: skip


def look(api: Api, namespace: str) -> LockStatus:
    """Who holds the lock of a namespace now, or left it without an end."""
    found = api.get(_KIND, namespace, NAME)
    return LockStatus(holder(found, api.now()) is not None, _told(found))


def take_away(api: Api, namespace: str) -> LockHolder | None:
    """End the lock, whoever holds it; returns who did. Whoever did notices with the next renewal, and stops."""
    for _ in range(_TRIES):
        found = api.get(_KIND, namespace, NAME)
        had = holder(found, api.now())
        if found is None or had is None or _write(api, found, _free(found)):
            return had
    raise ClusterError("the lock is written to all the time; try again", _CONFLICT, "Conflict")


class Lock:
    """A lock that is held, and renewed in the background."""

    def __init__(self, api: Api, namespace: str, holder: LockHolder) -> None:
        self.api, self.namespace, self.holder = api, namespace, holder
        self.lost = threading.Event()
        self._over = threading.Event()
        self._renewed = time.monotonic()

    def phase(self, text: str) -> None:
        """What is done now, for whoever looks; told with the next renewal."""
        self.holder = replace(self.holder, phase=text)

    def require(self) -> None:
        """Raise ClusterError where the lock was taken away, or could not be renewed in time."""
        if self.lost.is_set() or time.monotonic() - self._renewed > SECONDS:
            raise ClusterError(
                "the lock was lost: somebody took it away, or the cluster was not reached for a minute; "
                "nothing more was changed; deploy again"
            )

    def renew(self) -> None:
        """Write that the holder is alive."""
        found = self.api.get(_KIND, self.namespace, NAME)
        if part(found, "spec").get("holderIdentity") != self.holder.run:
            self.lost.set()
            return
        began = time.monotonic()
        self.api.replace(_written(found, self.namespace, self.holder, self.api.now()))
        self._renewed = began

    def keep(self) -> None:
        """Renew until it is over; a renewal that fails is tried again with the next."""
        while not self._over.wait(_RENEW_SECONDS) and not self.lost.is_set():
            with suppress(ClusterError):
                self.renew()

    def end(self) -> None:
        """Let others have it."""
        self._over.set()
        with suppress(ClusterError):
            found = self.api.get(_KIND, self.namespace, NAME)
            if found is not None and part(found, "spec").get("holderIdentity") == self.holder.run:
                self.api.replace(_free(found))


@contextmanager
def locked(
    api: Api, namespace: str, wanted: LockHolder, *, wait: float = 0, tell: Callable[[str], None] = lambda _: None
) -> Generator[Lock]:
    """Hold the lock, waiting `wait` seconds for whoever has it; raises ClusterError that names the holder."""
    lock = Lock(api, namespace, acquire(api, namespace, wanted, wait, tell))
    keeper = threading.Thread(target=lock.keep, daemon=True)
    keeper.start()
    try:
        yield lock
    finally:
        lock.end()
        keeper.join(_POLL_SECONDS)


def acquire(api: Api, namespace: str, wanted: LockHolder, wait: float, tell: Callable[[str], None]) -> LockHolder:
    """Get the lock, and return who has it now: one of two wins, by the resource version that both have read."""
    until, lost = time.monotonic() + wait, 0
    while True:
        found = api.get(_KIND, namespace, NAME)
        had = holder(found, api.now())
        if had is not None and had.run == wanted.run:
            return had
        if had is None:
            lost += not _write(api, found, _written(found, namespace, replace(wanted, since=api.now()), api.now()))
            if lost >= _TRIES:
                raise ClusterError("the lock cannot be written; nothing was changed; try again", _CONFLICT, "Conflict")
            continue
        if time.monotonic() >= until:
            raise _held(had, wait)
        tell(f"waiting for {had}")
        time.sleep(_POLL_SECONDS)


def _held(had: LockHolder, wait: float) -> ClusterError:
    waited = f" after {wait:.0f} s" if wait else ""
    return ClusterError(
        f"{had} still holds the lock{waited}; nothing was changed; wait (--lock-wait S), or take it away: "
        "`kkinfra lock release ENV`",
        _CONFLICT, "Locked",
    )  # fmt: skip


def _write(api: Api, found: JSON | None, made: JSON) -> bool:
    """Whether it was written; not where somebody else was faster, or where the answer was lost."""
    try:
        (api.replace if found else api.create)(made)
    except ClusterError as error:
        if error.status in (_CONFLICT, 0) or error.status >= _STUMBLES:
            return False
        raise
    return True


def _free(found: JSON) -> JSON:
    """The Lease without a holder."""
    return {**found, "spec": {**part(found, "spec"), "holderIdentity": ""}}


def _written(found: JSON | None, namespace: str, holder: LockHolder, now: float) -> JSON:
    metadata = {**part(found, "metadata"), "name": NAME, "namespace": namespace}
    told = {_WHO: holder.who, _WHAT: holder.what, _CI: holder.ci, _PHASE: holder.phase}
    metadata["annotations"] = {**part(metadata, "annotations"), **told}
    return {
        "apiVersion": _KIND.group_version, "kind": _KIND.kind, "metadata": metadata,
        "spec": {
            "holderIdentity": holder.run, "leaseDurationSeconds": int(SECONDS),
            "acquireTime": _micro(holder.since), "renewTime": _micro(now),
        },
    }  # fmt: skip


def _micro(seconds: float) -> str:
    """MicroTime, as the API writes it (RFC 3339 with six digits)."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _seconds(written: str) -> float:
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return 0.0
