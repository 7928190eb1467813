"""What controllers make of workloads: https://kubernetes.io/docs/concepts/workloads/controllers/."""

from __future__ import annotations

import copy

import pytest

from kkinfra.values.plain import is_mapping

REVISION = "deployment.kubernetes.io/revision"


def conditions(obj):
    return {each["type"]: each for each in obj.get("status", {}).get("conditions", [])}


def pods(cluster):
    return cluster.objects.all("Pod", "shop")


@pytest.fixture
def stateful_set(deployment):
    obj = copy.deepcopy(deployment) | {"kind": "StatefulSet"}
    obj["spec"] |= {"serviceName": "webapp", "replicas": 2}
    return obj


def rolled_out(cluster, name="webapp"):
    obj = cluster.objects.get("Deployment", name, "shop")
    status = obj.get("status", {})
    wanted = obj["spec"]["replicas"]
    counts = [status.get(key) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    return status.get("observedGeneration") == obj["metadata"]["generation"] and counts == [wanted] * 3


def test_a_deployment_becomes_available(running, client, deployment):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    found = running.objects.get("Deployment", "webapp", "shop")
    assert conditions(found)["Available"]["reason"] == "MinimumReplicasAvailable"
    assert conditions(found)["Progressing"]["reason"] == "NewReplicaSetAvailable"
    assert found["metadata"]["annotations"][REVISION] == "1"
    assert found["metadata"]["generation"] == 1
    assert {pod["status"]["phase"] for pod in pods(running)} == {"Running"}


def test_controllers_own_the_status_and_no_field_of_ours(running, client, deployment):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    found = running.objects.get("Deployment", "webapp", "shop")
    entry = next(each for each in found["metadata"]["managedFields"] if each["manager"] == "kube-controller-manager")
    assert (entry["operation"], entry["subresource"]) == ("Update", "status")
    assert client.apply(deployment).body == found


def test_a_new_revision_replaces_the_old_one_and_an_old_one_comes_back(running, client, deployment, container):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    first = running.objects.names("ReplicaSet", "shop")
    container["image"] = "shop:2"
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    assert {pod["spec"]["containers"][0]["image"] for pod in pods(running)} == {"shop:2"}
    container["image"] = "shop:1"
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    found = running.objects.get("Deployment", "webapp", "shop")
    assert found["metadata"]["annotations"][REVISION] == "3"
    assert len(running.objects.names("ReplicaSet", "shop")) == 2
    assert first[0] in running.objects.names("ReplicaSet", "shop")


def test_a_rolling_update_keeps_enough_available_while_the_new_one_is_broken(running, client, deployment, container):
    running.pace.deadlines = 0.0005
    running.behave("webapp", "NotReady", image="shop:2")
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    container["image"] = "shop:2"
    client.apply(deployment)
    running.until(lambda: "Progressing" in conditions(running.objects.get("Deployment", "webapp", "shop")))
    running.until(
        lambda: conditions(running.objects.get("Deployment", "webapp", "shop"))["Progressing"]["status"] == "False"
    )
    found = running.objects.get("Deployment", "webapp", "shop")
    assert conditions(found)["Progressing"]["reason"] == "ProgressDeadlineExceeded"
    assert found["status"]["availableReplicas"] == 2
    assert found["status"]["updatedReplicas"] == 1


def test_a_recreated_deployment_ends_the_old_pods_first(running, client, deployment, container):
    deployment["spec"]["strategy"] = {"type": "Recreate"}
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    running.behave("webapp", "NeverEnds", image="shop:1")
    container["image"] = "shop:2"
    client.apply(deployment)
    running.until(lambda: all(pod["metadata"].get("deletionTimestamp") for pod in pods(running)))
    assert {pod["spec"]["containers"][0]["image"] for pod in pods(running)} == {"shop:1"}
    running.behave("webapp", "Healthy")
    running.until(lambda: rolled_out(running))
    assert {pod["spec"]["containers"][0]["image"] for pod in pods(running)} == {"shop:2"}


def test_a_stateful_set_starts_its_pods_in_order(running, client, stateful_set):
    running.behave("webapp-0", "NotReady")
    client.apply(stateful_set)
    running.until(lambda: pods(running))
    running.until(lambda: pods(running)[0]["status"]["phase"] == "Running")
    assert [pod["metadata"]["name"] for pod in pods(running)] == ["webapp-0"]
    running.behave("webapp-0", "Healthy")
    running.until(lambda: running.objects.get("StatefulSet", "webapp", "shop")["status"].get("readyReplicas") == 2)
    status = running.objects.get("StatefulSet", "webapp", "shop")["status"]
    assert status["currentRevision"] == status["updateRevision"]


def test_a_revision_of_a_stateful_set_that_comes_back_is_the_newest(running, client, stateful_set):
    container = stateful_set["spec"]["template"]["spec"]["containers"][0]
    for image in ("shop:1", "shop:2", "shop:1"):
        container["image"] = image
        client.apply(stateful_set)
        running.until(lambda: observed(running))
    revisions = {
        each["data"]["spec"]["template"]["spec"]["containers"][0]["image"]: each["revision"]
        for each in running.objects.all("ControllerRevision", "shop")
    }
    assert revisions == {"shop:1": 3, "shop:2": 2}


def test_a_broken_revision_of_a_stateful_set_stays_until_its_pod_is_deleted(running, client, stateful_set):
    """https://github.com/kubernetes/kubernetes/issues/67250."""
    container = stateful_set["spec"]["template"]["spec"]["containers"][0]
    running.behave("webapp", "CrashLoopBackOff", image="shop:2")
    client.apply(stateful_set)
    running.until(lambda: running.objects.get("StatefulSet", "webapp", "shop")["status"].get("readyReplicas") == 2)
    container["image"] = "shop:2"
    client.apply(stateful_set)
    running.until(lambda: restarts(running, "webapp-1"))
    container["image"] = "shop:3"
    client.apply(stateful_set)
    running.until(lambda: observed(running))
    assert running.objects.get("Pod", "webapp-1", "shop")["spec"]["containers"][0]["image"] == "shop:2"
    running.objects.delete("Pod", "webapp-1", "shop")
    running.until(lambda: running.objects.get("StatefulSet", "webapp", "shop")["status"].get("updatedReplicas") == 2)


def restarts(cluster, name):
    pod = cluster.objects.find("Pod", name, "shop") or {}
    return any(each["restartCount"] for each in pod.get("status", {}).get("containerStatuses", []))


def observed(cluster):
    obj = cluster.objects.get("StatefulSet", "webapp", "shop")
    return obj["status"].get("observedGeneration") == obj["metadata"]["generation"]


def test_deleting_in_the_foreground_waits_for_what_is_owned(running, client, deployment):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    answer = client.delete("Deployment", "webapp", {"propagationPolicy": "Foreground"})
    assert answer.body["metadata"]["finalizers"] == ["foregroundDeletion"]
    running.until(lambda: running.objects.find("Deployment", "webapp", "shop") is None)
    assert not pods(running)
    assert not running.objects.names("ReplicaSet", "shop")


def test_deleting_with_orphans_leaves_what_was_owned(running, client, deployment):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    client.delete("Deployment", "webapp", {"propagationPolicy": "Orphan"})
    running.until(lambda: running.objects.find("Deployment", "webapp", "shop") is None)
    (replica_set,) = running.objects.all("ReplicaSet", "shop")
    assert not replica_set["metadata"].get("ownerReferences")
    assert len(pods(running)) == 2


def test_a_namespace_takes_everything_in_it_along(running, client, deployment):
    client.apply(deployment)
    running.until(lambda: rolled_out(running))
    assert running.objects.find("ServiceAccount", "default", "shop")
    answer = client.delete("Namespace", "shop")
    assert answer.body["status"]["phase"] == "Terminating"
    running.until(lambda: running.objects.find("Namespace", "shop") is None)
    assert not pods(running)


def test_a_volume_is_bound_by_its_name(running, client):
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "nfs": {"server": "nas", "path": "/x"}}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "shop-data"}, "spec": spec}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "shop"}}
    claim["spec"] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim["spec"] |= {"storageClassName": "", "volumeName": "shop-data"}
    client.apply(claim)
    assert running.objects.get("PersistentVolumeClaim", "data", "shop")["status"]["phase"] == "Pending"
    client.apply(volume)
    running.until(lambda: running.objects.get("PersistentVolumeClaim", "data", "shop")["status"]["phase"] == "Bound")
    running.until(lambda: running.objects.get("PersistentVolume", "shop-data")["status"]["phase"] == "Bound")
    assert is_mapping(running.objects.get("PersistentVolume", "shop-data")["spec"]["claimRef"])
    assert client.apply(claim).code == client.apply(volume).code == 200
