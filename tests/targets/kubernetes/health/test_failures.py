"""Why something is not ready: what a kubelet and the controllers write becomes a cause and what to do."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.targets.kubernetes.health.failures import explain, wanted_logs

IMAGE = "ghcr.io/example/shop:1.0.0"
DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "webapp", "uid": "d", "generation": 1},
    "spec": {"replicas": 1}, "status": {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1},
}  # fmt: skip


def waiting(reason, message="", **last):
    return {"state": {"waiting": {"reason": reason, "message": message}}} | ({"lastState": last} if last else {})


def ended(code, reason="Error", **more):
    return {"exitCode": code, "reason": reason, **more}


def container(name="webapp", **status):
    return {"name": name, "image": IMAGE, "ready": False, "restartCount": 0, **status}


def pod(*containers, init=(), name="webapp-1", created="2026-01-01T00:00:00Z", labels=None, **status):
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "uid": f"uid-{name}", "creationTimestamp": created, "labels": labels or {}},
        "spec": {
            "containers": [{"name": "webapp", "resources": {"limits": {"memory": "256M"}}}],
            "initContainers": [{"name": "static-files", "resources": {"limits": {"memory": "64M"}}}],
        },
        "status": {
            "phase": "Pending", "containerStatuses": list(containers), "initContainerStatuses": list(init), **status,
        },
    }  # fmt: skip


def event(reason, message, name="webapp-1", kind="Pod", at="2026-01-01T00:00:00Z", path="", uid="", type="Warning"):  # noqa: A002
    about = {"kind": kind, "name": name, "uid": uid, "fieldPath": path}
    return {"reason": reason, "message": message, "type": type, "involvedObject": about, "lastTimestamp": at}


def why(*pods, events=(), logs=None, obj=DEPLOYMENT):
    return explain(obj, pods, events, logs or {})


@pytest.mark.parametrize(
    ("state", "events", "told"),
    [
        (
            waiting("ErrImagePull", "failed to resolve reference: ghcr.io/example/shop:1.0.0: not found"), [],
            f"cannot pull {IMAGE}: failed to resolve reference: not found; push it, for this platform too",
        ),
        (
            waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}": ErrImagePull: 401 Unauthorized'), [],
            f"cannot pull {IMAGE}: ErrImagePull: 401 Unauthorized; check the pull secret",
        ),
        (
            waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'),
            [
                event("Failed", "Error: ErrImagePull", at="2026-01-01T00:00:03Z"),
                event("Failed", f'Failed to pull image "{IMAGE}": dial tcp: i/o timeout', at="2026-01-01T00:00:02Z"),
                event("Failed", f'Failed to pull image "{IMAGE}": not found', at="2026-01-01T00:00:01Z"),
            ],
            f"cannot pull {IMAGE}: dial tcp: i/o timeout; the node does not reach the registry",
        ),
        (
            waiting("ImagePullBackOff", f'Back-off pulling image "{IMAGE}"'), [],
            f'cannot pull {IMAGE}: Back-off pulling image "{IMAGE}"; see its node',
        ),
        (
            waiting("ErrImagePull", f'rpc error: code = NotFound desc = failed to pull and unpack image "{IMAGE}": '
                    f'failed to resolve reference "{IMAGE}": {IMAGE}: not found'), [],
            f"cannot pull {IMAGE}: not found; push it",
        ),
        (waiting("ErrImagePull", "toomanyrequests: You have reached"), [], "the registry limits pulls"),
        (waiting("InvalidImageName", "couldn't parse image name"), [], "correct the name of the image"),
        (waiting("ErrImageNeverPull", "image is not present"), [], "put it onto the node, or let it be pulled"),
        (
            waiting("CreateContainerConfigError", 'secret "shop" not found'), [],
            'cannot be made: secret "shop" not found; put it into the cluster',
        ),
        (
            waiting("CreateContainerConfigError", "couldn't find key MAIL in ConfigMap shop/webapp"), [],
            "couldn't find key MAIL in ConfigMap shop/webapp; put it into the cluster",
        ),
        (
            waiting("CreateContainerConfigError", "container has runAsNonRoot and image will run as root"), [],
            "give the image a USER",
        ),
        (
            waiting("CrashLoopBackOff", "back-off 40s", terminated=ended(3)) | {"restartCount": 4}, [],
            "ended with exit code 3 (Error) after 4 restarts; see its last lines",
        ),
        (
            waiting("CrashLoopBackOff", "back-off 40s", terminated=ended(0, "Completed")), [],
            "ended with exit code 0 (Completed)",
        ),
        (
            waiting("CrashLoopBackOff", "back-off 40s", terminated=ended(137, "OOMKilled")), [],
            "was killed at its memory limit of 256M (OOMKilled); give it more memory",
        ),
        (
            waiting("RunContainerError", "", terminated=ended(128, "StartError", message='exec: "uvicorn": not found')),
            [], 'cannot start: exec: "uvicorn": not found; correct its command',
        ),
        (
            waiting("CrashLoopBackOff", "", terminated=ended(137)),
            [event("Unhealthy", "Liveness probe failed: statuscode: 503", path="spec.containers{webapp}")],
            "ended with exit code 137 (Error), and its probe says: Liveness probe failed: statuscode: 503",
        ),
        (
            {"state": {"running": {}}},
            [
                event("Unhealthy", "Readiness probe failed: old", path="spec.containers{webapp}"),
                event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 301",
                      path="spec.containers{webapp}", at="2026-01-01T00:00:09Z"),
                event("Unhealthy", "of another", path="spec.containers{other}", at="2026-01-01T00:00:10Z"),
            ],
            "runs, and is not ready: Readiness probe failed: HTTP probe failed with statuscode: 301; see its last",
        ),
        ({"state": {"running": {}}}, [], "runs, and is not ready; no probe has answered yet"),
        (
            {"state": {"running": {}}}, [event("Unhealthy", "Startup probe failed: ", path="spec.containers{webapp}")],
            "runs, and is not ready: Startup probe failed; see its last lines",
        ),
        (
            waiting("CrashLoopBackOff", "", terminated=ended(3)),
            [event("Unhealthy", "Startup probe errored and resulted in unknown state", path="spec.containers{webapp}")],
            "ended with exit code 3 (Error); see its last lines",
        ),
    ],
)  # fmt: skip
def test_the_state_of_a_container_is_told_with_what_to_do(state, events, told):
    (line,) = why(pod(container(**state), phase="Running"), events=events)
    assert line.startswith("container webapp of pod webapp-1: ")
    assert told in line


def test_an_init_container_that_ended_is_told_as_one_and_what_waits_for_it_is_not():
    failed = container("static-files", state={"terminated": ended(1)})
    later = container(state={"waiting": {"reason": "PodInitializing"}})
    (line,) = why(pod(later, init=[failed]), logs={("webapp-1", "static-files", False): "one\ntwo"})
    assert line.splitlines() == [
        "init container static-files of pod webapp-1: ended with exit code 1 (Error); see its last lines",
        "  | one", "  | two",
    ]  # fmt: skip


def test_the_memory_limit_is_that_of_the_container():
    (line,) = why(pod(init=[container("static-files", state={"terminated": ended(137, "OOMKilled")})]))
    assert "limit of 64M" in line


def test_an_init_container_that_is_done_is_not_told_and_one_that_runs_is_waited_for():
    done = container("static-files", state={"terminated": ended(0)}, ready=True)
    at_work = container("wait-for-migration", state={"running": {}}, started=True)
    (line,) = why(pod(init=[done, at_work]))
    assert line == "init container wait-for-migration of pod webapp-1: is still at work, and the pod waits for it"


def test_the_log_of_the_run_that_ended_goes_before_that_of_this_one_and_only_its_end_is_shown():
    logs = {("webapp-1", "webapp", True): "\n".join(map(str, range(100))), ("webapp-1", "webapp", False): "this one"}
    (line,) = why(pod(container(**waiting("CrashLoopBackOff", terminated=ended(1)))), logs=logs)
    assert line.splitlines()[1:] == [f"  | {number}" for number in range(80, 100)]


def test_a_program_for_another_processor_is_told_with_what_builds_the_right_one():
    """The line that runc 1.1.5 wrote, where it was run for real."""
    failed = container("webapp", state={"terminated": ended(1)})
    (told,) = why(pod(failed), logs={("webapp-1", "webapp", False): "exec /bin/sh: exec format error"})
    assert "; its image is for another processor than its node's: `kkinfra build ENV --push` builds" in told
    assert told.endswith("\n  | exec /bin/sh: exec format error")


UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.", "ask for less, or add nodes"),
        ("0/3 nodes are available: 3 node(s) had untolerated taint {disk: full}.", "make a node ready"),
        ("pod has unbound immediate PersistentVolumeClaims.", "see why the claim is not bound"),
        ("3 node(s) didn't match Pod's node affinity/selector.", "label a node"),
        ("no reason", "see kubectl describe nodes"),
    ],
)
def test_a_pod_that_no_node_takes_is_told_with_the_scheduler_s_words(message, remedy):
    (line,) = why(pod(conditions=[UNSCHEDULABLE | {"message": message}]))
    assert line.startswith(f"pod webapp-1: no node takes it: {message}; {remedy}")
    (line,) = why(pod(conditions=[UNSCHEDULABLE]), events=[event("FailedScheduling", message)])
    assert message in line


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ('MountVolume.SetUp failed for volume "secrets" : secret "shop" not found', "put it into the cluster"),
        (
            'MountVolume.SetUp failed for volume "s" : references non-existent secret key: MAIL',
            "put it into the cluster",
        ),
        ('MountVolume.SetUp failed for volume "data" : mount.nfs: access denied by server', "check that the server"),
    ],
)
def test_a_volume_that_cannot_be_mounted_is_told_by_its_own_words(message, remedy):
    creating = pod(container(state={"waiting": {"reason": "ContainerCreating"}}))
    vague = event("FailedMount", "Unable to attach or mount volumes: timed out", at="2026-01-01T00:00:09Z")
    (line,) = why(creating, events=[vague, event("FailedMount", message)])
    assert line.startswith(f"pod webapp-1: cannot be set up: {message}; {remedy}")


def test_a_pod_that_was_evicted_is_told_with_the_node_s_words():
    (line,) = why(pod(phase="Failed", reason="Evicted", message="The node was low on resource: memory."))
    assert line.startswith("pod webapp-1: Evicted: The node was low on resource: memory.")


def test_a_pod_of_which_nothing_is_known_is_told_with_its_last_warning():
    (line,) = why(pod(), events=[event("Odd", "an odd thing"), event("Pulled", "pulled", type="Normal")])
    assert line == "pod webapp-1: has not started yet: an odd thing; see kubectl describe pod"


def test_one_cause_of_several_pods_is_told_once_with_the_log_of_the_newest():
    state = waiting("CrashLoopBackOff", terminated=ended(1))
    pods = [pod(container(**state), name=f"webapp-{day}", created=f"2026-01-0{day}T00:00:00Z") for day in (1, 3, 2)]
    (line,) = why(*pods, logs={("webapp-3", "webapp", True): "newest", ("webapp-1", "webapp", True): "oldest"})
    assert line.startswith("container webapp of pod webapp-3 and 2 more: ended with exit code 1")
    assert line.endswith("\n  | newest")


def test_pods_that_serve_or_are_done_or_on_their_way_out_are_not_told():
    ready = pod(container(), conditions=[{"type": "Ready", "status": "True"}])
    going = pod(container(**waiting("ErrImagePull", "not found")))
    going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert why(ready, pod(container(), phase="Succeeded"), going) == ["0 of 1 replicas are available"]


def test_only_pods_of_the_newest_template_of_a_deployment_are_told():
    old = pod(container(**waiting("ErrImagePull", "of the old")), name="webapp-old", labels={"pod-template-hash": "a"})
    new = pod(
        container(**waiting("ErrImagePull", "of the new")), name="webapp-new", labels={"pod-template-hash": "b"},
        created="2026-01-02T00:00:00Z",
    )  # fmt: skip
    (line,) = why(old, new)
    assert "of the new" in line


def test_events_of_an_earlier_pod_of_that_name_are_not_taken_for_this_one_s():
    running = pod(container(state={"running": {}}))
    path = "spec.containers{webapp}"
    (line,) = why(running, events=[event("Unhealthy", "earlier", path=path, uid="uid-of-another")])
    assert "no probe has answered yet" in line
    (line,) = why(running, events=[event("Unhealthy", "now", path=path, uid="uid-webapp-1")])
    assert "now" in line


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            'pods "webapp-1" is forbidden: exceeded quota: shop, requested: pods=1',
            "the quota of the namespace takes no more",
        ),
        ('pods "webapp-1" is forbidden: violates PodSecurity "restricted"', "the namespace does not allow such pods"),
        ("webhook refused", "its pods cannot be made: webhook refused"),
    ],
)
def test_pods_that_are_not_even_made_are_told_by_event_or_condition(message, told):
    for name in ("webapp-5d4f", "webapp"):
        kind = "ReplicaSet" if name != "webapp" else "Deployment"
        (line,) = why(
            events=[event("FailedCreate", message, name, kind), event("FailedCreate", "no", "webapp-x-1", kind)]
        )
        assert line.startswith(told)
        assert message in line
    failing = {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": message}]}
    assert why(pod(), obj=DEPLOYMENT | {"status": failing})[0].startswith(told)


def stateful_set(policy="OrderedReady", **status):
    revisions = {"currentRevision": "db-1", "updateRevision": "db-2"} | status
    return {
        "kind": "StatefulSet", "apiVersion": "apps/v1", "metadata": {"name": "db"}, "status": revisions,
        "spec": {"podManagementPolicy": policy, "replicas": 3},
    }  # fmt: skip


def db(revision):
    broken = container(**waiting("ErrImagePull", "not found"))
    return pod(broken, name="db-2", labels={"controller-revision-hash": revision})


def test_a_stateful_set_that_is_stuck_on_a_broken_revision_is_told_with_the_pod_to_delete():
    stuck, cause = why(db("db-broken"), obj=stateful_set())
    assert stuck.startswith("pod db-2 is stuck on revision db-broken and never became ready: db-2 waits for it")
    assert stuck.endswith("kubectl delete pod db-2")
    assert "cannot pull" in cause


def test_a_pod_of_the_new_revision_holds_up_the_rollout():
    held, _ = why(db("db-2"), obj=stateful_set())
    assert held.startswith("pod db-2 of the new revision is not ready, and the rollout waits for it")


@pytest.mark.parametrize(
    "obj", [stateful_set("Parallel"), stateful_set(currentRevision="db-2"), stateful_set(updateRevision="")]
)
def test_a_stateful_set_that_is_not_rolled_out_pod_by_pod_is_not_stuck(obj):
    (line,) = why(db("db-2"), obj=obj)
    assert "67250" not in line


def job(reason, message="told"):
    failed = {"type": "Failed", "status": "True", "reason": reason, "message": message}
    return {
        "kind": "Job", "apiVersion": "batch/v1", "metadata": {"name": "migration"},
        "spec": {"activeDeadlineSeconds": 1200, "backoffLimit": 3}, "status": {"failed": 4, "conditions": [failed]},
    }  # fmt: skip


def test_a_job_past_its_deadline_is_told_as_that():
    assert why(obj=job("DeadlineExceeded")) == [
        "was not done after 1200 s (activeDeadlineSeconds), and was ended; give it more time, or less to do"
    ]


def test_a_job_that_failed_is_told_by_its_pods_or_without_them_by_its_condition():
    failed = pod(container(state={"terminated": ended(1)}), phase="Failed")
    (line,) = why(failed, obj=job("BackoffLimitExceeded"))
    assert line.startswith("container webapp of pod webapp-1: ended with exit code 1")
    (line,) = why(obj=job("BackoffLimitExceeded"))
    assert line.startswith("failed 4 times (backoffLimit 3): told; its pods are gone")


def claim(volume="", **spec):
    return {
        "kind": "PersistentVolumeClaim", "apiVersion": "v1", "metadata": {"name": "redis"},
        "spec": {"volumeName": volume, **spec}, "status": {"phase": "Pending"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("obj", "reason", "told"),
    [
        (
            claim(storageClassName="fast"),
            "ProvisioningFailed",
            "no volume for it: words; check that storage class fast",
        ),
        (claim(), "FailedBinding", "no volume for it: words; check that storage class (default) works"),
        (claim("nas"), "VolumeMismatch", "volume nas does not fit or is not there: words; compare its size"),
        (claim("nas"), "Other", "volume nas does not fit or is not there; compare its size"),
        (claim(), "WaitForFirstConsumer", "is bound once a pod uses it"),
        (claim(), "Other", "waits for a volume"),
    ],
)
def test_a_claim_that_is_not_bound_is_told_with_the_controller_s_words(obj, reason, told):
    (line,) = why(obj=obj, events=[event(reason, "words", "redis", "PersistentVolumeClaim")])
    assert line.startswith(told)


def test_a_claim_that_waited_for_its_first_pod_and_then_failed_is_told_as_failed():
    waits = event("WaitForFirstConsumer", "waits", "redis", "PersistentVolumeClaim")
    fails = event("ProvisioningFailed", "no space", "redis", "PersistentVolumeClaim", at="2026-01-02T00:00:00Z")
    assert why(obj=claim(), events=[waits, fails])[0].startswith("no volume for it: no space")


def test_events_of_other_kinds_with_the_same_name_are_not_taken_for_one_s_own():
    other = event("ProvisioningFailed", "of another", "redis", "Pod")
    assert why(obj=claim(), events=[other]) == ["waits for a volume"]
    refused = event("FailedCreate", "of another", "db-5d4f", "ReplicaSet")
    assert "of another" not in why(obj=stateful_set(), events=[refused])[0]


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (waiting("CrashLoopBackOff", terminated=ended(1)), [True]),
        (waiting("CrashLoopBackOff", terminated=ended(0)), [True]),
        ({"state": {"running": {}}}, [False]),
        ({"state": {"running": {}}, "lastState": {"terminated": ended(1)}}, [True, False]),
        ({"state": {"terminated": ended(1)}}, [False]),
        ({"state": {"terminated": ended(0)}}, []),
        (waiting("ErrImagePull"), []),
        ({"state": {"running": {}}, "ready": True}, []),
    ],
)
def test_logs_are_wanted_of_containers_that_have_run_and_are_not_ready(status, wanted):
    assert wanted_logs([pod(container(**status))]) == [("webapp-1", "webapp", previous) for previous in wanted]


def test_logs_are_wanted_of_few_pods_the_newest():
    running = container(state={"running": {}})
    pods = [pod(running, name=f"webapp-{day}", created=f"2026-01-0{day}T00:00:00Z") for day in (4, 1, 3, 2, 5)]
    assert [name for name, *_ in wanted_logs(pods)] == ["webapp-5", "webapp-4", "webapp-3"]


FULL = [
    DEPLOYMENT, stateful_set(), job("BackoffLimitExceeded"), claim("nas"),
    db("db-broken"), pod(container(**waiting("CrashLoopBackOff", terminated=ended(137, "OOMKilled"))), name="db-2"),
    pod(init=[container("static-files", state={"running": {}})], conditions=[UNSCHEDULABLE]),
    event("FailedCreate", "exceeded quota", "webapp", "Deployment"), event("FailedMount", "no"),
]  # fmt: skip


def places(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in pairs:
        yield (*path, step)
        yield from places(each, (*path, step))


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from([None, "", 1, [], {}, [None]])), max_size=6))
def test_whatever_is_missing_or_odd_something_is_told(edits):
    found = copy.deepcopy(FULL)
    for at, new in edits:
        paths = [path for path in places(found) if len(path) > 1]
        path = paths[at % len(paths)]
        there = found
        for step in path[:-1]:
            there = there[step]
        there[path[-1]] = copy.deepcopy(new)
    for obj in found[:4]:
        told = explain(obj, found[4:7], found[7:], {})
        assert told
        assert all(line.strip() for line in told)
    wanted_logs(found[4:7])
