"""`bootstrap --try`: whether nodes mount the export and pull the image, with nothing left behind."""

from __future__ import annotations

import pytest

from cluster_double import Rule
from cluster_user import kind_of
from kkinfra.targets.kubernetes.needs import trying

ASKED = ("bootstrap", "--try", "--yes", "--timeout", "5")
TRIAL = "kkinfra/trial=shop-test"
EXPORT = "/export/shop"

pytestmark = pytest.mark.double_only  # nodes that cannot mount, or pull, on command


@pytest.fixture
def owner(deployed, monkeypatch):
    """The cluster's owner, on two workers and a control plane that takes no pods."""
    deployed.deployer = None
    monkeypatch.setattr(trying, "_POLL_SECONDS", 0.1)
    monkeypatch.setattr(trying, "_GONE_SECONDS", 5)
    for name in ("control-plane", "worker-1", "worker-2"):
        taints = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
        spec = {"taints": taints} if name == "control-plane" else {}
        deployed.api.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": spec})
    return deployed


def lines(done):
    return [line.strip() for line in done.out.splitlines() if "nas.example.org" in line or "pull of" in line]


def left(user):
    kinds = ("Pod", "PersistentVolumeClaim", "PersistentVolume")
    return [
        each["metadata"]["name"]
        for kind in kinds
        for each in user.api.list(kind_of(kind), user.namespace if kind != "PersistentVolume" else "", TRIAL)
    ]


def test_each_node_mounts_the_export_and_the_image_is_pulled(owner):
    done = owner.run(*ASKED)
    assert lines(done) == [
        "there nas.example.org:/export/shop on worker-1: mounted",
        "there nas.example.org:/export/shop on worker-2: mounted",
        "there pull of registry.example.org/shop:1.0.0: pulled",
    ], done.text
    assert left(owner) == []


def test_what_is_made_is_read_only_on_its_node_and_admitted_as_restricted(owner):
    since = len(owner.double.requests)
    owner.run(*ASKED)
    made = [each.decoded() for each in owner.double.requests[since:] if each.method == "POST"]
    pods = {each["metadata"]["name"]: each["spec"] for each in made if each["kind"] == "Pod"}
    assert sorted(pods) == ["kkinfra-trial-mount-1", "kkinfra-trial-mount-2", "kkinfra-trial-pull"]
    for spec in pods.values():
        assert spec["imagePullSecrets"] == [{"name": "registry"}]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pods["kkinfra-trial-mount-2"]["volumes"][0]["persistentVolumeClaim"]["readOnly"] is True
    assert "worker-2" in str(pods["kkinfra-trial-mount-2"]["affinity"])
    (volume,) = [each for each in made if each["kind"] == "PersistentVolume"]
    assert volume["spec"]["nfs"] == {"server": "nas.example.org", "path": EXPORT, "readOnly": True}


def test_a_node_that_cannot_mount_is_told_with_the_words_of_the_server(owner):
    owner.double.pace.refused_exports.add(EXPORT)
    done = owner.run(*ASKED)
    assert done.code == 1
    assert (
        "missing nas.example.org:/export/shop on worker-1: not mounted; cannot be set up: MountVolume.SetUp" in done.out
    )
    assert "access denied by server while mounting nas.example.org:/export/shop" in done.out
    assert "check that the server exports it to this node, and that the node can mount it (nfs-common)" in done.out
    assert "there pull of registry.example.org/shop:1.0.0: pulled" in done.out
    assert left(owner) == []


def test_a_pull_that_is_refused_is_told_and_does_not_hide_that_the_export_is_mounted(owner):
    said = "failed to authorize: failed to fetch token: 401 Unauthorized"
    owner.double.behave("registry.example.org/shop:1.0.0", "ImagePullBackOff", message=said)
    done = owner.run(*ASKED)
    assert done.code == 1
    assert "missing pull of registry.example.org/shop:1.0.0: not pulled; cannot pull" in done.out
    assert "check the pull secret and what its account may read" in done.out
    assert "there nas.example.org:/export/shop on worker-1: mounted" in done.out


def test_what_does_not_come_to_an_end_is_told_in_time_and_removed(owner):
    owner.double.behave("registry.example.org/shop:1.0.0", "Unschedulable")
    done = owner.run(*ASKED[:-1], "1")
    assert done.code == 1
    assert "not within 1 s: no node takes it: 0/3 nodes are available" in done.out
    assert left(owner) == []


def test_what_a_run_left_that_was_killed_is_removed_first(owner):
    labels = {"kkinfra/trial": "shop-test"}
    spec = {"containers": [{"name": "trial", "image": "example.org/old:1"}]}
    owner.create(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "kkinfra-trial-pull", "labels": labels}, "spec": spec}
    )
    done = owner.run(*ASKED)
    assert "there pull of registry.example.org/shop:1.0.0: pulled" in lines(done)
    assert left(owner) == []


def test_nothing_is_made_without_being_asked_for_and_agreed_to(owner):
    since = len(owner.double.requests)
    done = owner.run("bootstrap", "--try")
    assert done.code == 1
    assert "nobody is here to be asked" in done.err
    assert owner.run("bootstrap").out.count("mounted") == 0
    made = [each.path for each in owner.double.requests[since:] if each.method != "GET"]
    assert [path for path in made if not path.endswith("selfsubjectaccessreviews")] == []


def test_whoever_may_not_is_told_what_is_missing(owner):
    owner.double.users.add("reader", "reader", Rule(("get", "list"), ("*",), ("*",)))
    owner.kubeconfig.write_text(owner.kubeconfig.read_text().replace("token: admin", "token: reader"))
    done = owner.run(*ASKED)
    assert done.code == 1
    assert 'cannot delete resource "persistentvolumeclaims"' in done.err
