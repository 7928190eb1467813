"""What runs of commands leave behind whose client was killed, and removing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import items, part, reference
from kkinfra.targets.kubernetes.plan.one_off import LABEL, LONGEST_SECONDS

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

_POD = BUILT_IN["", "v1", "Pod"]
_LEFT_SECONDS = 60.0
"""How long a client may take to see how its command ended."""

_OVER = ("Succeeded", "Failed")


def prune_left(api: Api, namespace: str) -> None:
    """Remove pods of runs whose client was killed: those that ended a minute ago, and those that last too long."""
    for pod in api.list(_POD, namespace, LABEL):
        age = api.now() - created(pod)
        is_over = part(pod, "status").get("phase") in _OVER
        if age > LONGEST_SECONDS + _LEFT_SECONDS or (is_over and api.now() - _ended(pod) > _LEFT_SECONDS):
            api.delete(_POD, namespace, reference(pod).name, uid=pod["metadata"]["uid"])


def created(pod: JSON) -> float:
    """Return when a pod was made (Unix time)."""
    return _moment(part(pod, "metadata").get("creationTimestamp"))


def _ended(pod: JSON) -> float:
    ends = [part(each, "state", "terminated").get("finishedAt") for each in items(pod, "status", "containerStatuses")]
    return max((_moment(each) for each in ends if each), default=created(pod))


def _moment(text: object) -> float:
    return datetime.fromisoformat(str(text)).astimezone(UTC).timestamp()
