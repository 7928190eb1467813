"""How pods fail: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/."""

from __future__ import annotations

import pytest


def job():
    pod = {"containers": [{"name": "migration", "image": "shop:1"}], "restartPolicy": "Never"}
    spec = {"template": {"spec": pod}, "backoffLimit": 1, "activeDeadlineSeconds": 1200}
    metadata = {"name": "migration", "namespace": "shop"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


def waiting(cluster, reason):
    """The first pod of which a container waits for the reason."""
    for pod in cluster.objects.all("Pod", "shop"):
        for each in pod.get("status", {}).get("containerStatuses", []):
            if each["state"].get("waiting", {}).get("reason") == reason:
                return pod, each
    return None


def messages(client, name):
    selector = f"involvedObject.name={name}"
    return [event["message"] for event in client.get("Event", fieldSelector=selector).body["items"]]


def ended(cluster):
    conditions = cluster.objects.get("Job", "migration", "shop").get("status", {}).get("conditions", [])
    return {each["type"]: each for each in conditions}


@pytest.fixture
def one(running, deployment):
    deployment["spec"]["replicas"] = 1
    return deployment


def test_an_image_that_is_not_there_is_told_with_what_the_registry_said(running, client, one):
    running.behave("webapp", "ImagePullBackOff")
    client.apply(one)
    running.until(lambda: waiting(running, "ImagePullBackOff"))
    pod, state = waiting(running, "ImagePullBackOff")
    assert state["state"]["waiting"]["message"].startswith('Back-off pulling image "shop:1": ErrImagePull: rpc error')
    assert pod["status"]["phase"] == "Pending"
    assert 'Back-off pulling image "shop:1"' in messages(client, pod["metadata"]["name"])
    answer = client.ask("GET", f"/api/v1/namespaces/shop/pods/{pod['metadata']['name']}/log")
    assert answer.code == 400
    assert answer.body["message"].endswith("is waiting to start: trying and failing to pull image")


def test_a_container_that_crashes_is_started_again_and_its_last_words_are_kept(running, client, one):
    running.behave("webapp", "CrashLoopBackOff", log="one\ntwo\nno such table\n", exit_code=3)
    client.apply(one)
    running.until(lambda: waiting(running, "CrashLoopBackOff"))
    pod, state = waiting(running, "CrashLoopBackOff")
    assert state["lastState"]["terminated"]["exitCode"] == 3
    assert state["restartCount"] == 1
    path = f"/api/v1/namespaces/shop/pods/{pod['metadata']['name']}/log"
    assert client.ask("GET", path, previous="true", tailLines="2").body == "two\nno such table\n"
    said = "back-off 10s restarting failed container=webapp pod="
    assert state["state"]["waiting"]["message"].startswith(said + pod["metadata"]["name"])


def test_a_container_that_takes_too_much_memory_is_killed(running, client, one):
    running.behave("webapp", "OOMKilled")
    client.apply(one)
    running.until(lambda: waiting(running, "CrashLoopBackOff"))
    _, state = waiting(running, "CrashLoopBackOff")
    assert (
        state["lastState"]["terminated"] | {"reason": "OOMKilled", "exitCode": 137} == state["lastState"]["terminated"]
    )


def test_a_container_that_is_not_ready_is_told_by_its_probe(running, client, one):
    running.behave("webapp", "NotReady", message="Readiness probe failed: connection refused")
    client.apply(one)
    running.until(lambda: running.objects.all("Pod", "shop"))
    name = running.objects.names("Pod", "shop")[0]
    running.until(lambda: "Readiness probe failed: connection refused" in messages(client, name))


def test_a_pod_for_which_there_is_no_node_is_told_why(running, client, one):
    running.behave("webapp", "Unschedulable")
    client.apply(one)
    running.until(lambda: running.objects.all("Pod", "shop"))
    name = running.objects.names("Pod", "shop")[0]
    running.until(lambda: any("2 Insufficient memory" in said for said in messages(client, name)))
    (condition,) = running.objects.get("Pod", name, "shop")["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("PodScheduled", "Unschedulable")


def test_a_quota_keeps_pods_from_being_made(running, client, one):
    running.behave("webapp", "Quota")
    client.apply(one)
    running.until(lambda: "ReplicaFailure" in str(running.objects.get("Deployment", "webapp", "shop")["status"]))
    conditions = running.objects.get("Deployment", "webapp", "shop")["status"]["conditions"]
    failure = next(each for each in conditions if each["type"] == "ReplicaFailure")
    assert failure["reason"] == "FailedCreate"
    assert "is forbidden: exceeded quota: kkambbaki, requested: limits.memory=256M" in failure["message"]


def test_configuration_that_is_missing_is_told_and_awaited(running, client, one, config_map):
    one["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    client.apply(one)
    running.until(lambda: waiting(running, "CreateContainerConfigError"))
    assert (
        waiting(running, "CreateContainerConfigError")[1]["state"]["waiting"]["message"]
        == 'configmap "settings" not found'
    )
    client.apply(config_map)
    running.until(lambda: running.objects.get("Deployment", "webapp", "shop")["status"].get("readyReplicas") == 1)


def test_a_key_that_a_secret_lacks_keeps_its_volume_from_being_mounted(running, client, one):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys", "namespace": "shop"}}
    client.apply(secret)
    items = [{"key": "PASSWORD", "path": "PASSWORD"}]
    one["spec"]["template"]["spec"]["volumes"] = [{"name": "s", "secret": {"secretName": "keys", "items": items}}]
    client.apply(one)
    running.until(lambda: running.objects.all("Pod", "shop"))
    name = running.objects.names("Pod", "shop")[0]
    said = 'MountVolume.SetUp failed for volume "s" : references non-existent secret key: PASSWORD'
    running.until(lambda: said in messages(client, name))


def test_a_claim_that_is_missing_keeps_its_pod_from_a_node(running, client, one):
    volume = {"name": "d", "persistentVolumeClaim": {"claimName": "data"}}
    one["spec"]["template"]["spec"]["volumes"] = [volume]
    client.apply(one)
    running.until(lambda: running.objects.all("Pod", "shop"))
    name = running.objects.names("Pod", "shop")[0]
    running.until(lambda: any('persistentvolumeclaim "data" not found' in said for said in messages(client, name)))


def test_an_init_container_at_fault_is_told_by_name(running, client, one):
    pod = one["spec"]["template"]["spec"]
    pod["initContainers"] = [{"name": "wait", "image": "shop:1"}]
    running.behave("webapp", "CrashLoopBackOff", container="wait", log="no database\n")
    client.apply(one)
    running.until(lambda: "CrashLoopBackOff" in str([pod["status"] for pod in running.objects.all("Pod", "shop")]))
    (found,) = running.objects.all("Pod", "shop")
    assert found["status"]["initContainerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert found["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "PodInitializing"
    path = f"/api/v1/namespaces/shop/pods/{found['metadata']['name']}/log"
    assert client.ask("GET", path, container="wait", previous="true").body == "no database\n"
    said = f"a container name must be specified for pod {found['metadata']['name']}, choose one of: [webapp] or one of the init containers: [wait]"  # noqa: E501
    assert client.ask("GET", path).body["message"] == said


def test_a_slow_pod_is_ready_only_in_time(running, client, one):
    running.behave("webapp", "Slow", seconds=0.5)
    client.apply(one)
    running.until(lambda: running.objects.all("Pod", "shop"))
    running.until(lambda: running.objects.all("Pod", "shop")[0]["status"]["phase"] == "Running")
    assert "readyReplicas" not in running.objects.get("Deployment", "webapp", "shop")["status"]
    running.until(lambda: running.objects.get("Deployment", "webapp", "shop")["status"].get("readyReplicas") == 1)


def test_a_job_completes(running, client):
    client.apply(job())
    running.until(lambda: "Complete" in ended(running))
    assert running.objects.get("Job", "migration", "shop")["status"]["succeeded"] == 1
    assert client.apply(job()).code == 200


def test_a_job_that_fails_too_often_has_failed(running, client):
    running.behave("migration", "CrashLoopBackOff", log="relation exists\n")
    client.apply(job())
    running.until(lambda: "Failed" in ended(running))
    assert ended(running)["Failed"]["reason"] == "BackoffLimitExceeded"
    assert running.objects.get("Job", "migration", "shop")["status"]["failed"] == 2
    assert {pod["status"]["phase"] for pod in running.objects.all("Pod", "shop")} == {"Failed"}


def test_a_job_that_takes_too_long_has_failed(running, client):
    running.pace.deadlines = 0.0002
    running.behave("migration", "Hangs")
    client.apply(job())
    running.until(lambda: "Failed" in ended(running))
    assert ended(running)["Failed"]["reason"] == "DeadlineExceeded"
    assert not running.objects.all("Pod", "shop")
