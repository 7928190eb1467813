"""A cluster: whether all pods find a node, while it serves, while a release is rolled out, and with one node lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.amounts import counted, megabytes, millicores
from kkinfra.proving.proofs.packing import Size, unplaced
from kkinfra.proving.proofs.pods import pods
from kkinfra.values.suggestions import few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.proving.proofs.pods import Pods
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.platforms import NodePool, Nodes
    from kkinfra.values.document import Steps

_GIB = 2**30
_EVICTED_BELOW = 100 * 2**20
_MEMORY_STEPS = ((4 * _GIB, 2500), (4 * _GIB, 2000), (8 * _GIB, 1000), (112 * _GIB, 600))
_CPU_STEPS = ((1000, 600), (1000, 100), (2000, 50))
_MEMORY_BEYOND, _CPU_BEYOND = 200, 25
RESERVE = "https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes"
"""GKE's published formula for what kubelet, container runtime and system take of a node.

Of memory 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112, 2 % beyond, and 100 MiB
below which pods are evicted; of processors 6 % of the first, 1 % of the second, 0.5 % of the next two, 0.25 % beyond.
"""

_AT: Steps = ("platform", "nodes", "workers")


def cluster_capacity(nodes: Nodes, tree: ArtifactTree) -> Iterator[Finding]:
    """Workers only: nothing here tolerates the taint of a control plane, so no pod is placed there.

    What else the cluster runs (ingress controller, Argo CD, other namespaces) is not known here.
    """
    found, workers = list(pods(tree)), nodes.workers
    room = allocatable(workers)
    rows = (*_pod_rows(found), *_node_rows(workers, room))
    for each in found:
        if not each.size.fits(room):
            message = f"asks for {_shown(each.size)}, and a worker has {_shown(room)} for pods"
            yield Finding("pod", "error", _memory_at(each), message, "lower it, or raise platform.nodes.workers", rows)
    yield from _placed(found, workers, room, rows)


def allocatable(pool: NodePool) -> Size:
    """What a node has for pods."""
    memory, cpu = pool.memory.bytes, pool.cpu.millicores
    kept = _kept(memory, _MEMORY_STEPS, _MEMORY_BEYOND) + _EVICTED_BELOW
    return Size(memory - kept, cpu - _kept(cpu, _CPU_STEPS, _CPU_BEYOND))


def _kept(amount: int, steps: tuple[tuple[int, int], ...], beyond: int) -> int:
    """The sum of shares (of 10,000) of an amount's first parts, and of what is beyond them."""
    kept = 0
    for size, share in steps:
        kept += min(amount, size) * share
        amount -= min(amount, size)
    return (kept + amount * beyond) // 10_000


def _placed(found: Sequence[Pods], workers: NodePool, room: Size, rows: tuple[Row, ...]) -> Iterator[Finding]:
    fitting = [each for each in found if each.size.fits(room)]
    serving = [(each.part, each.size) for each in fitting for _ in range(each.count)]
    rolling = [(each.part, each.size) for each in fitting for _ in range(each.count + each.more)]
    remedy = "lower limits or replicas, or raise platform.nodes.workers"
    if absent := unplaced(rolling, workers.count, room):
        message = f"while a release is rolled out, {_counted(absent)} on {counted(workers.count, 'worker')}"
        yield Finding("peak", "error", (*_AT, "count"), message, remedy, rows)
        return
    if absent := unplaced(serving, workers.count - 1, room):
        message = f"with one of {counted(workers.count, 'worker')} lost, {_counted(absent)} on the others"
        yield Finding("node-lost", "warning", (*_AT, "count"), message, remedy, rows)
        return
    asked = sum((size for _, size in rolling), Size(0, 0))
    message = f"{counted(len(rolling), 'pod')} ask for {_shown(asked)} at most; with one worker lost, all find a place"
    yield Finding("fits", "note", (*_AT, "count"), message, "", rows)


def _counted(absent: Sequence[str]) -> str:
    names = few(sorted(set(absent)))
    return f"{counted(len(absent), 'pod')} ({names}) {'finds' if len(absent) == 1 else 'find'} no place"


def _pod_rows(found: Sequence[Pods]) -> Iterator[Row]:
    for each in found:
        more = f" + {each.more} in a rollout" if each.more else ""
        yield Row(each.part, f"{each.count}{more} x {_shown(each.size)}", _memory_at(each))


def _node_rows(workers: NodePool, room: Size) -> Iterator[Row]:
    yield Row("workers", str(workers.count), (*_AT, "count"))
    yield Row("each", _shown(Size(workers.memory.bytes, workers.cpu.millicores)), (*_AT, "memory"))
    yield Row("of that for pods", _shown(room), source=RESERVE)


def _memory_at(each: Pods) -> Steps:
    return ("stack", each.part, "memory")


def _shown(size: Size) -> str:
    return f"{megabytes(size.memory)}, {millicores(size.cpu)}"
