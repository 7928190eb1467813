"""What a kubelet tells of a container reaches whoever deploys, and what concerns others does not."""

from __future__ import annotations

import pytest

from kkinfra.targets.kubernetes.client.events import events_of

ANSWER = "Readiness probe failed: HTTP probe failed with statuscode: 418"
THEIRS = "Readiness probe failed: of somebody else"

pytestmark = pytest.mark.double_only  # a probe that fails on command


def event(user, pod, namespace, field, message, **about):
    involved = {
        "kind": "Pod", "apiVersion": "v1", "name": pod["metadata"]["name"], "namespace": namespace,
        "fieldPath": f"spec.containers{{{field}}}", **about,
    }  # fmt: skip
    return user.api.create({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"e-{field}", "namespace": namespace},
        "involvedObject": involved, "reason": "Unhealthy", "message": message, "type": "Warning", "count": 1,
        "firstTimestamp": "2036-01-01T00:00:00Z", "lastTimestamp": "2036-01-01T00:00:00Z",
    })  # fmt: skip


@pytest.fixture
def unready(deployed):
    deployed.double.behave("webapp", "NotReady", message=ANSWER)
    deployed.until(lambda: not deployed.there("Deployment", "webapp")["status"].get("availableReplicas"))
    deployed.until(lambda: ANSWER in str(deployed.api.list(events(), deployed.namespace)))
    return deployed


def events():
    from cluster_user import kind_of

    return kind_of("Event")


def the_pod(user):
    (name,) = user.names("Pod", "app.kubernetes.io/name=webapp")
    return user.there("Pod", name)


def test_the_last_answer_of_a_probe_is_told_of_the_container_that_gave_it(unready):
    (told,) = [each for each in unready.api.list(events(), unready.namespace) if each["reason"] == "Unhealthy"]
    assert told["involvedObject"]["fieldPath"] == "spec.containers{webapp}"
    done = unready.run("status")
    assert (
        f"container webapp of pod {the_pod(unready)['metadata']['name']}: runs, and is not ready: {ANSWER}" in done.out
    )


def test_a_deploy_that_fails_for_it_says_so(deployed):
    deployed.double.behave("webapp", "NotReady", message=ANSWER, image="registry.example.org/shop:2.0.0")
    deployed.write(tag="2.0.0")
    done = deployed.deploy("--timeout", "2")
    assert done.code == 1
    assert f"runs, and is not ready: {ANSWER}; see its last lines" in done.err
    assert "release 1 serves again" in done.err


def test_what_another_container_answered_is_not_told_of_this_one(unready):
    event(unready, the_pod(unready), unready.namespace, "sidecar", THEIRS)
    done = unready.run("status")
    assert ANSWER in done.out
    assert THEIRS not in done.out


def test_events_of_a_pod_of_the_same_name_elsewhere_or_before_are_not_told(unready):
    pod = the_pod(unready)
    unready.api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}})
    elsewhere = event(unready, pod, "elsewhere", "webapp", THEIRS)
    before = event(unready, pod, unready.namespace, "webapp", THEIRS, uid="another")
    assert THEIRS not in unready.run("status").out
    assert events_of([elsewhere, before], pod) == []
