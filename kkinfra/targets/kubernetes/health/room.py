"""How much room an environment has: its nodes, and how full its volumes are, as far as whoever asks may see that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import condition, holds, items, part, reference
from kkinfra.targets.protocol.status import PartStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

_NODES = BUILT_IN["", "v1", "Node"]
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
_REFUSED = (401, 403, 404)
_GB = 1_000_000_000


def room(api: Api, namespace: str, claims: Iterable[JSON]) -> list[PartStatus]:
    """Each node, and the disk of each claim: ready, unwell, or not known."""
    try:
        nodes = api.list(_NODES)
    except ClusterError as error:
        if error.status not in _REFUSED:
            raise
        unseen = PartStatus("nodes", "not known", "this user may not list them")
        return [unseen, *_claims(claims, {}, "this user may not see nodes")]
    used, why = _used(api, namespace, nodes)
    return [*map(_node, nodes), *_claims(claims, used, why)]


def _node(node: JSON) -> PartStatus:
    """https://kubernetes.io/docs/reference/node/node-status/#condition."""
    wrong = [name for name in _PRESSURES if holds(node, name)]
    if not holds(node, "Ready"):
        wrong.insert(0, str(condition(node, "Ready").get("message") or "not ready"))
    room = part(node, "status", "allocatable")
    said = ", ".join(wrong) or f"no pressure; {room.get('memory', '?')} of memory for pods"
    return PartStatus(f"node/{reference(node).name}", "unwell" if wrong else "ready", said)


def _claims(claims: Iterable[JSON], used: dict[str, tuple[int, int]], why: str) -> Iterator[PartStatus]:
    for claim in claims:
        name, size = reference(claim).name, part(claim, "status", "capacity").get("storage", "no room yet")
        phase = str(part(claim, "status").get("phase", "Pending"))
        if name in used:
            told = f"{used[name][0] / _GB:.1f} of {used[name][1] / _GB:.1f} GB used"
        else:
            told = f"how full is not known: {why or 'no pod has it mounted'}"
        yield PartStatus(f"disk/{name}", "ready" if phase == "Bound" else "unwell", f"{phase}, {size}; {told}")


def _used(api: Api, namespace: str, nodes: Iterable[JSON]) -> tuple[dict[str, tuple[int, int]], str]:
    """Bytes used and there of each claim, as the kubelets tell (`/stats/summary`); else why that is not known."""
    found: dict[str, tuple[int, int]] = {}
    for node in nodes:
        try:
            summary = api.ask("GET", f"{_NODES.path('', reference(node).name)}/proxy/stats/summary")
        except ClusterError as error:
            return found, "this user may not ask the nodes" if error.status in _REFUSED else str(error)
        for volume in (volume for pod in items(summary, "pods") for volume in items(pod, "volume")):
            claim = part(volume, "pvcRef")
            if claim.get("namespace") == namespace and "usedBytes" in volume:
                found[str(claim.get("name"))] = int(volume["usedBytes"]), int(volume.get("capacityBytes", 0))
    return found, ""
