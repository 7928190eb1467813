"""What runs in a cluster, on one screen: pods, nodes, disks, the certificate and drift."""

from __future__ import annotations

import io
import socket
import ssl
import subprocess
import threading

import pytest

from kkinfra.errors import ClusterError
from kkinfra.targets.certificate import end_in, end_of, served_end
from kkinfra.targets.kubernetes.health.room import room
from kkinfra.targets.kubernetes.health.running import Running, running
from kkinfra.targets.kubernetes.health.status_text import CertificateStatus, DriftStatus, Part, Status, status_lines
from kkinfra.targets.kubernetes.plan.history import KeptRelease
from programs import need

NOW = 1_795_568_523.0  # 2026-11-25 01:02:03 UTC
DAY = 86_400
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
        {"object": "node/one", "state": "ready", "why": "no pressure; 3900Mi of memory for pods"},
        {"object": "disk/redis", "state": "ready", "why": "Bound, 1Gi; 0.3 of 1.0 GB used"},
    ]


def test_pressure_and_a_node_that_is_away():
    found = room(Nodes([node(MemoryPressure="True", Ready="Unknown")], {}), "shop", [])
    assert found == [{"object": "node/one", "state": "unwell", "why": "not ready, MemoryPressure"}]


@pytest.mark.parametrize(
    ("nodes", "summary", "said"),
    [(FORBIDDEN, {}, "this user may not see nodes"), ([node()], FORBIDDEN, "this user may not ask the nodes"),
     ([node()], {}, "no pod has it mounted"), ([node()], ClusterError("timed out", 504), "timed out")],
)  # fmt: skip
def test_what_may_not_be_seen_is_said(nodes, summary, said):
    assert room(Nodes(nodes, summary), "shop", [CLAIM])[-1]["why"] == f"Bound, 1Gi; how full is not known: {said}"


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
    found = running(workload, pods)
    assert found == Running("2026-11-24T01:00:00Z", (DIGEST,), 2)
    assert str(found) == f"since 2026-11-24T01:00, {DIGEST[:19]}, started again 2 times"
    assert running({"spec": {}}, pods) == Running()


def status(**changes):
    release = KeptRelease(3, (), "ghcr.io/x:1", "0123456789ab", "me@laptop", at=NOW - DAY, result="deployed")
    part = Part("deployment/webapp", "ready", "1 of 1", Running("2026-11-24T01:00:00Z", (DIGEST,)))
    given = {
        "environment": "alpha", "where": "shop on https://x", "release": release, "locked_by": "", "parts": (part,),
        "room": (), "drift": DriftStatus(), "certificate": CertificateStatus("x.org", NOW + 30 * DAY), "now": NOW,
    }  # fmt: skip
    return Status(**{**given, **changes})


def lines(made):
    return list(status_lines(made, io.StringIO()))


def test_the_screen():
    made = status()
    assert made.is_well
    assert lines(made) == [
        "alpha: shop on https://x; release 3, ghcr.io/x:1, deployed 2026-11-24 01:02 UTC (0123456789ab me@laptop)",
        f"  ready deployment/webapp: 1 of 1 (since 2026-11-24T01:00, {DIGEST[:19]})",
        "  certificate of x.org until 2026-12-25 01:02 UTC (30 days)",
        "  drift: none",
    ]


def test_what_is_not_well():
    assert not status(parts=(Part("job/x", "failed", "why"),)).is_well
    assert not status(room=({"object": "node/one", "state": "unwell", "why": "x"},)).is_well
    assert status(room=({"object": "nodes", "state": "not known", "why": "x"},)).is_well
    late = status(certificate=CertificateStatus("x.org", NOW + 20 * DAY))
    assert not late.is_well
    assert "  ! certificate of x.org until 2026-12-15 01:02 UTC (20 days): it was not renewed" in lines(late)
    unseen = status(certificate=CertificateStatus("x.org", problem="not seen from here: timed out"))
    assert unseen.is_well
    assert "  certificate of x.org: not seen from here: timed out" in lines(unseen)


def test_drift_is_named():
    assert lines(status(drift=DriftStatus(("configmap/a",), "Argo CD is at 1, OutOfSync")))[-1] == (
        "  drift: configmap/a; `kkinfra diff alpha` shows it (Argo CD is at 1, OutOfSync)"
    )
    assert lines(status(drift=DriftStatus(problem="forbidden")))[-1] == "  drift: not known: forbidden"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 40 days, its key, and when it ends."""
    home = tmp_path_factory.mktemp("certificate")
    files = (home / "key.pem", home / "cert.pem")
    openssl = need("openssl")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "40", "-subj", "/CN=x"]
    subprocess.run([*made, "-keyout", files[0], "-out", files[1]], check=True, capture_output=True)
    done = subprocess.run(
        [openssl, "x509", "-in", files[1], "-noout", "-enddate"], check=True, capture_output=True, text=True
    )
    return (*files, ssl.cert_time_to_seconds(done.stdout.strip().partition("=")[2]))


def test_when_a_certificate_ends(certificate):
    _, cert, ends = certificate
    assert end_in(f"Bag Attributes\n{cert.read_text()}") == ends


def test_when_a_certificate_ends_that_is_shown(certificate):
    key, cert, ends = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with context.wrap_socket(server.accept()[0], server_side=True):
                pass

        thread = threading.Thread(target=serve)
        thread.start()
        assert served_end("127.0.0.1", server.getsockname()[1]) == ends
        thread.join()


@pytest.mark.parametrize("der", [b"", b"0", b"0\x03\x02\x01\x01", b"\x30\x80", b"text" * 9])
def test_what_is_no_certificate(der):
    with pytest.raises(ValueError, match="no certificate"):
        end_of(der)
    with pytest.raises(ValueError, match="no certificate"):
        end_in(der.decode("latin-1"))
