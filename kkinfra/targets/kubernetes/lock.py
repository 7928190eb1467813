"""The verb `lock` on a cluster: who holds it; the lock itself is taken by `apply/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.protocol.lock import LockStatus

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.session import ClusterSession


def look(session: ClusterSession) -> LockStatus:
    """Who holds the lock."""
    return lock.look(session.api, session.environment.namespace)


def release(session: ClusterSession) -> LockStatus:
    """Take the lock away from whoever holds it, who notices with the next renewal, and stops."""
    return LockStatus(held=False, holder=lock.take_away(session.api, session.environment.namespace))
