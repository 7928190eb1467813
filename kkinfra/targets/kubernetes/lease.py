"""The lock of a namespace: a Lease, with its holder, and an end when the holder is gone.

https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.kinds import BUILT_IN
from kkinfra.targets.kubernetes.objects import annotations_of, part

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.objects import JSON

NAME = "kkinfra-deploy"
SECONDS = 60
"""After which a lease that is not renewed has ended."""

_RENEW_SECONDS = 15
_POLL_SECONDS = 2
_KIND = BUILT_IN["coordination.k8s.io", "v1", "Lease"]
_WHO, _WHAT, _PHASE, _CI = "kkinfra/who", "kkinfra/what", "kkinfra/phase", "kkinfra/ci"
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock: a run's own name, who for people, what for, since when (seconds), and where it is at."""

    run: str
    who: str
    what: str
    ci: str = ""
    since: float = 0.0
    phase: str = ""

    def __str__(self) -> str:
        """As a message names it."""
        at = f", now at {self.phase}" if self.phase else ""
        return f"{self.who} ({self.what}, for {max(0, time.time() - self.since):.0f} s{at})"


def holder(found: JSON | None, now: float) -> Holder | None:
    """Who holds a Lease at a time; None where there is none, or it has ended."""
    spec = part(found, "spec")
    run = str(spec.get("holderIdentity") or "")
    renewed = _seconds(str(spec.get("renewTime") or ""))
    if not run or now > renewed + float(spec.get("leaseDurationSeconds") or SECONDS):
        return None
    told = annotations_of(found or {})
    return Holder(
        run, str(told.get(_WHO, run)), str(told.get(_WHAT, "a deploy")), str(told.get(_CI, "")),
        _seconds(str(spec.get("acquireTime") or "")), str(told.get(_PHASE, "")),
    )  # fmt: skip


def look(api: Api, namespace: str) -> Holder | None:
    """Who holds the lock of a namespace now."""
    return holder(api.get(_KIND, namespace, NAME), time.time())


def take_away(api: Api, namespace: str) -> Holder | None:
    """End the lock, whoever holds it; returns who did. Whoever did notices with the next renewal, and stops."""
    found = api.get(_KIND, namespace, NAME)
    had = holder(found, time.time())
    if found is not None and had is not None:
        found["spec"]["holderIdentity"] = ""
        api.replace(found)
    return had


class Lock:
    """A lock that is held, and renewed in the background."""

    def __init__(self, api: Api, namespace: str, holder: Holder) -> None:
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
        self.api.replace(_written(found, self.namespace, self.holder))
        self._renewed = time.monotonic()

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
                found["spec"]["holderIdentity"] = ""
                self.api.replace(found)


@contextmanager
def locked(
    api: Api, namespace: str, wanted: Holder, *, wait: float = 0, tell: Callable[[str], None] = lambda _: None
) -> Generator[Lock]:
    """Hold the lock, waiting `wait` seconds for whoever has it; raises ClusterError that names the holder."""
    acquire(api, namespace, wanted, wait, tell)
    lock = Lock(api, namespace, replace(wanted, since=time.time()))
    keeper = threading.Thread(target=lock.keep, daemon=True)
    keeper.start()
    try:
        yield lock
    finally:
        lock.end()
        keeper.join(_POLL_SECONDS)


def acquire(api: Api, namespace: str, wanted: Holder, wait: float, tell: Callable[[str], None]) -> None:
    """Get the lock: one of two wins, by the resource version that both have read."""
    until = time.monotonic() + wait
    while True:
        found = api.get(_KIND, namespace, NAME)
        had = holder(found, time.time())
        if had is None and _write(api, found, _written(found, namespace, replace(wanted, since=time.time()))):
            return
        if had is not None and time.monotonic() >= until:
            waited = f" after {wait:.0f} s" if wait else ""
            raise ClusterError(
                f"{had} still holds the lock{waited}; nothing was changed; wait (--lock-wait S), or take it away: "
                "`kkinfra lock release ENV`",
                _CONFLICT, "Locked",
            )  # fmt: skip
        if had is not None:
            tell(f"waiting for {had}")
            time.sleep(_POLL_SECONDS)


def _write(api: Api, found: JSON | None, made: JSON) -> bool:
    try:
        (api.replace if found else api.create)(made)
    except ClusterError as error:
        if error.status == _CONFLICT:
            return False
        raise
    return True


def _written(found: JSON | None, namespace: str, holder: Holder) -> JSON:
    metadata = {**part(found, "metadata"), "name": NAME, "namespace": namespace}
    told = {_WHO: holder.who, _WHAT: holder.what, _CI: holder.ci, _PHASE: holder.phase}
    metadata["annotations"] = {**part(metadata, "annotations"), **told}
    return {
        "apiVersion": _KIND.group_version, "kind": _KIND.kind, "metadata": metadata,
        "spec": {
            "holderIdentity": holder.run, "leaseDurationSeconds": SECONDS,
            "acquireTime": _micro(holder.since), "renewTime": _micro(time.time()),
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
