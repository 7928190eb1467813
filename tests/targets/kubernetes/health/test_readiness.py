"""When a release is waited for no longer, kind by kind."""

import pytest

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.health.readiness import readiness

ALPHA = objects(render(open_spec("spec/environments.yaml").environments["alpha"]))


def told(obj):
    made = readiness(obj)
    return made.state, made.why


def made(api_version, kind, spec=None, status=None, **metadata):
    metadata = {"name": "webapp", "generation": 2} | metadata
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec or {}, "status": status or {}}


def deployment(spec=None, **status):
    done = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    return made("apps/v1", "Deployment", {"replicas": 2} | (spec or {}), done | status)


def stateful_set(spec=None, **status):
    done = {
        "observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "currentReplicas": 3, "updatedReplicas": 3,
        "currentRevision": "db-2", "updateRevision": "db-2",
    }  # fmt: skip
    rolling = {"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}}
    return made("apps/v1", "StatefulSet", rolling | (spec or {}), done | status)


def daemon_set(**status):
    done = {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberAvailable": 3}
    return made("apps/v1", "DaemonSet", {}, done | status)


def job(spec=None, conditions=(), **status):
    status["conditions"] = [{"status": "True", **each} for each in conditions]
    return made("batch/v1", "Job", {"backoffLimit": 3, "activeDeadlineSeconds": 1200} | (spec or {}), status)


def claim(phase, volume=""):
    return made("v1", "PersistentVolumeClaim", {"volumeName": volume}, {"phase": phase})


def pod(phase, **status):
    return made("v1", "Pod", {}, {"phase": phase} | status)


def test_what_was_just_applied_is_not_ready_where_there_is_something_to_wait_for():
    waits = {reference(obj).kind for obj in ALPHA if told(obj | {"status": {}})[0] != "ready"}
    assert waits == {"Deployment", "StatefulSet", "Job", "PersistentVolumeClaim"}


@pytest.mark.parametrize(
    ("obj", "state", "why"),
    [
        (deployment(), "ready", "2 of 2 replicas are available"),
        (deployment({"replicas": 0}, replicas=0, updatedReplicas=0, availableReplicas=0), "ready", "0 of 0"),
        (deployment(observedGeneration=1), "progressing", "has not seen the change yet"),
        (deployment(updatedReplicas=1), "progressing", "1 of 2 replicas are of the new revision"),
        (deployment({"paused": True}, updatedReplicas=0), "progressing", "it is paused: kubectl rollout resume"),
        (deployment(replicas=3), "progressing", "1 of the old replicas have yet to end"),
        (deployment(availableReplicas=1), "progressing", "1 of 2 replicas are available"),
        (deployment({"progressDeadlineSeconds": 60}, availableReplicas=0, conditions=[
            {"type": "Available", "status": "False"},
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"},
        ]), "failed", "made no progress for 60 s"),
        (deployment(observedGeneration=1, conditions=[
            {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"},
        ]), "progressing", "has not seen the change yet"),
        (made("apps/v1", "Deployment", {}, {"observedGeneration": 2}), "progressing", "0 of 1 replicas"),
    ],
)  # fmt: skip
def test_a_deployment_is_ready_when_only_new_replicas_are_there_and_available(obj, state, why):
    assert told(obj)[0] == state
    assert why in told(obj)[1]


@pytest.mark.parametrize(
    ("obj", "state", "why"),
    [
        (stateful_set(), "ready", "3 of 3 pods are ready"),
        (stateful_set({"replicas": 0}, replicas=0, readyReplicas=0, updatedReplicas=0, currentRevision="db-1"), "ready",
         "0 of 0 pods are ready"),
        (stateful_set(observedGeneration=1), "progressing", "has not seen the change yet"),
        (made("apps/v1", "StatefulSet", generation=None), "progressing", "has not seen the change yet"),
        (stateful_set(readyReplicas=2), "progressing", "2 of 3 pods are ready"),
        (stateful_set(replicas=4), "progressing", "1 pods have yet to end"),
        (stateful_set(updatedReplicas=2), "progressing", "2 of 3 pods are of the new revision"),
        (stateful_set(currentRevision="db-1"), "progressing", "of the new revision"),
        (stateful_set({"updateStrategy": {}}, currentRevision="db-1"), "progressing", "of the new revision"),
        (stateful_set({"updateStrategy": {"type": "OnDelete"}}, updatedReplicas=0), "ready", "when it is deleted"),
        (stateful_set({"updateStrategy": {"type": "OnDelete"}}, readyReplicas=0), "progressing", "0 of 3"),
        (stateful_set({"updateStrategy": {"rollingUpdate": {"partition": 2}}}, updatedReplicas=1,
                      currentRevision="db-1"), "ready", "1 of 1 pods from ordinal 2 on"),
        (stateful_set({"updateStrategy": {"rollingUpdate": {"partition": 2}}}, updatedReplicas=0,
                      currentRevision="db-1"), "progressing", "0 of 1 pods from ordinal 2 on"),
        (stateful_set({"updateStrategy": {"rollingUpdate": {"partition": 9}}}, updatedReplicas=0), "ready", "0 of 0"),
    ],
)  # fmt: skip
def test_a_stateful_set_is_ready_when_every_pod_that_is_to_be_updated_is_and_all_are_ready(obj, state, why):
    assert told(obj)[0] == state
    assert why in told(obj)[1]


@pytest.mark.parametrize(
    ("obj", "state"),
    [
        (daemon_set(), "ready"),
        (daemon_set(observedGeneration=1), "progressing"),
        (daemon_set(updatedNumberScheduled=2), "progressing"),
        (daemon_set(numberAvailable=2), "progressing"),
        (daemon_set(desiredNumberScheduled=0), "ready"),
        (made("apps/v1", "DaemonSet"), "progressing"),
    ],
)
def test_a_daemon_set_is_ready_when_a_new_pod_is_available_on_every_node(obj, state):
    assert told(obj)[0] == state


@pytest.mark.parametrize(
    ("obj", "state", "why"),
    [
        (job(), "progressing", "0 of 1 pods succeeded, 0 active, 0 failed"),
        (job({"completions": 2}, active=1, failed=2, succeeded=1), "progressing", "1 of 2 pods succeeded, 1 active"),
        (job({"parallelism": 3}), "progressing", "0 of 3 pods"),
        (job(conditions=[{"type": "SuccessCriteriaMet"}], succeeded=1), "progressing", "1 of 1"),
        (job(conditions=[{"type": "SuccessCriteriaMet"}, {"type": "Complete"}]), "ready", "is complete"),
        (job(conditions=[{"type": "Failed", "reason": "BackoffLimitExceeded"}], failed=4), "failed",
         "failed 4 times (backoffLimit 3)"),
        (job(conditions=[{"type": "Failed", "reason": "DeadlineExceeded"}]), "failed", "not done after 1200 s"),
        (job(conditions=[{"type": "FailureTarget", "reason": "PodFailurePolicy", "message": "exit 3"}]), "failed",
         "failed: PodFailurePolicy exit 3"),
        (job(conditions=[{"type": "Failed", "status": "False"}]), "progressing", "0 of 1"),
        (job({"suspend": True}), "progressing", "is suspended"),
    ],
)  # fmt: skip
def test_a_job_is_ready_when_it_is_complete(obj, state, why):
    assert told(obj)[0] == state
    assert why in told(obj)[1]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (claim("Bound", "nas"), ("ready", "is bound to nas")),
        (claim("Pending", "nas"), ("progressing", "waits for volume nas")),
        (claim("Pending"), ("progressing", "waits for a volume")),
        (claim("Lost", "nas"), ("failed", "has lost its volume nas, and the data on it")),
        (made("networking.k8s.io/v1", "Ingress"), ("ready", "is there; its controller tells no address")),
        (
            made("networking.k8s.io/v1", "Ingress", {}, {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}]}}),
            ("ready", "is served at 10.0.0.1"),
        ),
        (pod("Pending"), ("progressing", "has not started yet")),
        (pod("Running"), ("progressing", "runs and is not ready")),
        (pod("Running", conditions=[{"type": "Ready", "status": "True"}]), ("ready", "is ready")),
        (pod("Succeeded", conditions=[{"type": "Ready", "status": "False"}]), ("ready", "is done")),
        (pod("Failed", reason="Evicted"), ("failed", "failed: Evicted")),
        (
            pod("Running", containerStatuses=[{"name": "web", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]),
            ("failed", "web ends again and again"),
        ),
        (made("v1", "ConfigMap"), ("ready", "is there")),
        (made("example.org/v1", "Deployment"), ("ready", "is there")),
    ],
)
def test_claims_ingresses_pods_and_the_rest(obj, expected):
    assert told(obj) == expected


def test_what_is_being_deleted_is_not_ready():
    assert told(made("v1", "Namespace", deletionTimestamp="2026-01-01T00:00:00Z")) == (
        "progressing",
        "is being deleted",
    )
