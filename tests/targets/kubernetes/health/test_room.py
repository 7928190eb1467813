"""The room that an environment has, and what its pods run."""

from __future__ import annotations

import pytest

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.health.room import room
from kkinfra.targets.kubernetes.health.running import running
from kkinfra.targets.protocol.status import PartStatus

DIGEST = f"sha256:{'2b306f63d738' * 5}abcd"
CLAIM = {
    "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "redis", "namespace": "shop"},
    "status": {"phase": "Bound", "capacity": {"storage": "1Gi"}},
}  # fmt: skip


def node(name="one", **conditions):
    told = [{"type": name, "status": status} for name, status in {"Ready": "True", **conditions}.items()]
    status = {"conditions": told, "allocatable": {"memory": "3900Mi"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}


class Nodes:
    """An API server that lists these nodes, and answers for their kubelets."""

    def __init__(self, nodes, summary):
        self.nodes, self.summary = nodes, summary

    def list(self, kind):
        return self._told(self.nodes)

    def ask(self, method, path):
        assert (method, path) == ("GET", "/api/v1/nodes/one/proxy/stats/summary")
        return self._told(self.summary)

    @staticmethod
    def _told(answer):
        if isinstance(answer, Exception):
            raise answer
        return answer


FORBIDDEN = ClusterError("nodes is forbidden", 403, "Forbidden")
VOLUME = {"pvcRef": {"name": "redis", "namespace": "shop"}, "usedBytes": 300_000_000, "capacityBytes": 1_000_000_000}

ELSEWHERE = {**VOLUME, "pvcRef": {"name": "redis", "namespace": "other"}, "usedBytes": 9}


def test_room_of_nodes_and_disks():
    found = room(Nodes([node()], {"pods": [{"volume": [VOLUME, {"name": "tmp"}, ELSEWHERE]}]}), "shop", [CLAIM])
    assert found == [
        PartStatus("node/one", "ready", "no pressure; 3900Mi of memory for pods"),
        PartStatus("disk/redis", "ready", "Bound, 1Gi; 0.3 of 1.0 GB used"),
    ]


def test_pressure_and_a_node_that_is_away():
    found = room(Nodes([node(MemoryPressure="True", Ready="Unknown")], {}), "shop", [])
    assert found == [PartStatus("node/one", "unwell", "not ready, MemoryPressure")]


@pytest.mark.parametrize(
    ("nodes", "summary", "said"),
    [(FORBIDDEN, {}, "this user may not see nodes"), ([node()], FORBIDDEN, "this user may not ask the nodes"),
     ([node()], {}, "no pod has it mounted"), ([node()], ClusterError("timed out", 504), "timed out")],
)  # fmt: skip
def test_what_may_not_be_seen_is_said(nodes, summary, said):
    assert room(Nodes(nodes, summary), "shop", [CLAIM])[-1].why == f"Bound, 1Gi; how full is not known: {said}"


def test_what_pods_run():
    def pod(start, digest, restarts, app="webapp"):
        status = {"imageID": f"ghcr.io/x@{digest}", "restartCount": restarts}
        return {"metadata": {"labels": {"app": app, "hash": "1"}},
                "status": {"startTime": start, "containerStatuses": [status]}}  # fmt: skip

    workload = {"spec": {"selector": {"matchLabels": {"app": "webapp"}}}}
    pods = [
        pod("2026-11-25T01:00:00Z", DIGEST, 2),
        pod("2026-11-24T01:00:00Z", DIGEST, 0),
        pod("2026", "x", 9, "other"),
    ]
    part = PartStatus("deployment/webapp", "ready", "1 of 1")
    assert running(part, workload, pods) == PartStatus(
        "deployment/webapp", "ready", "1 of 1", "2026-11-24T01:00:00Z", (DIGEST,), 2
    )
    assert running(part, {"spec": {}}, pods) == part
