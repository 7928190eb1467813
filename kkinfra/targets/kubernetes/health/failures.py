"""Why an object is not ready, in words: the cause first, then what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.events import events_of, latest, newest_first
from kkinfra.targets.kubernetes.client.objects import condition, holds, labels, number, part
from kkinfra.targets.kubernetes.health.pod_failures import Cause, causes, is_unready, started_logs
from kkinfra.targets.kubernetes.health.readiness import readiness
from kkinfra.targets.kubernetes.health.secret_failures import external_secret, sealed_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON

_MOST_PODS = 3
_MOST_LINES = 20
_FORMAT_ERROR = re.compile(r"^exec \S+: exec format error$", re.MULTILINE)
"""What runc writes into a container's log whose program is for another processor."""

_FOREIGN = "its image is for another processor than its node's: `kkinfra build ENV --push` builds platform.architecture"
_TEMPLATE_HASH, _REVISION_HASH = "pod-template-hash", "controller-revision-hash"


def explain(
    obj: JSON, pods: Iterable[JSON], events: Iterable[JSON], logs: Mapping[tuple[str, str, bool], str]
) -> list[str]:
    """Why a live object is not ready, never empty; what its containers said last is below, on lines with `|`.

    `pods` are its own, `events` may be those of the whole namespace, `logs` what `wanted_logs` asked for. Logs and
    events are the words of others: whoever prints this masks secrets.
    """
    unready, seen = [each for each in _newest(pods) if is_unready(each)], list(events)
    rule = _RULES.get(str(obj.get("kind")))
    found = [*(rule(obj, unready, seen) if rule else ()), *_pods(_of_new_revision(obj, unready), seen, logs)]
    if not found or holds(obj, "ReplicaFailure"):
        found = [*_refused_pods(obj, seen), *found]
    return found or [readiness(obj).why]


def wanted_logs(pods: Iterable[JSON]) -> list[tuple[str, str, bool]]:
    """Which logs may tell why: pod, container, and whether that of the run before; of few pods, the newest."""
    unready = [each for each in _newest(pods) if is_unready(each)][:_MOST_PODS]
    return [(_name(pod), *each) for pod in unready for each in started_logs(pod)]


def _pods(unready: Sequence[JSON], events: list[JSON], logs: Mapping[tuple[str, str, bool], str]) -> Iterator[str]:
    """Each cause once, with the pods that it keeps from being ready."""
    found: dict[Cause, list[str]] = {}
    for pod in unready:
        for cause in causes(pod, events):
            found.setdefault(cause, []).append(_name(pod))
    for cause, names in found.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        where = f"{cause.container} of pod {names[0]}{more}" if cause.container else f"pod {names[0]}{more}"
        yield f"{where}: {cause.text}{_log(names[0], cause.container.rpartition(' ')[2], logs)}"


def _log(pod: str, container: str, logs: Mapping[tuple[str, str, bool], str]) -> str:
    """The last lines of a container: of the run that ended where there is one, of this one otherwise."""
    said = logs.get((pod, container, True)) or logs.get((pod, container, False)) or ""
    foreign = f"; {_FOREIGN}" if _FORMAT_ERROR.search(said) else ""
    return foreign + "".join(f"\n  | {line}" for line in said.splitlines()[-_MOST_LINES:])


def _of_new_revision(obj: JSON, unready: list[JSON]) -> list[JSON]:
    """The pods that a rollout waits for: those of the newest template, where they tell which they are of."""
    label = _TEMPLATE_HASH if obj.get("kind") == "Deployment" else ""
    if not unready or label not in labels(unready[0]):
        return unready
    return [each for each in unready if labels(each).get(label) == labels(unready[0])[label]]


def _refused_pods(obj: JSON, events: list[JSON]) -> list[str]:
    """Why pods are not even made: https://kubernetes.io/docs/concepts/policy/resource-quotas/."""
    name, kind = re.escape(_name(obj)), str(obj.get("kind"))
    of_replica_sets = [
        event
        for event in events
        if kind == "Deployment" and part(event, "involvedObject").get("kind") == "ReplicaSet"
        and re.fullmatch(rf"{name}-[a-z0-9]+", str(part(event, "involvedObject").get("name")))
    ]  # fmt: skip
    said = latest(newest_first([*events_of(events, obj), *of_replica_sets]), "FailedCreate")
    said = said or str(condition(obj, "ReplicaFailure").get("message", ""))
    if not said:
        return []
    if "exceeded quota" in said:
        return [f"the quota of the namespace takes no more pods: {said}; raise it, or ask for less"]
    if "violates PodSecurity" in said:
        return [f"the namespace does not allow such pods: {said}; correct securityContext"]
    return [f"its pods cannot be made: {said}"]


def _stateful_set(obj: JSON, unready: list[JSON], _: list[JSON]) -> Iterator[str]:
    """A pod that never becomes ready holds up all that come after it, also the return to what was there before.

    https://github.com/kubernetes/kubernetes/issues/67250,
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback.
    """
    wanted = part(obj, "status").get("updateRevision")
    if not wanted or part(obj, "spec").get("podManagementPolicy") == "Parallel":
        return
    for pod in unready:
        name, revision = _name(pod), labels(pod).get(_REVISION_HASH)
        if revision and revision != wanted:
            yield (
                f"pod {name} is stuck on revision {revision} and never became ready: {wanted} waits for it "
                f"(kubernetes#67250); delete it: kubectl delete pod {name}"
            )
        elif revision and part(obj, "status").get("currentRevision") != wanted:
            yield (
                f"pod {name} of the new revision is not ready, and the rollout waits for it; another template does not "
                "replace it (kubernetes#67250): roll back, and delete the pod"
            )


def _job(obj: JSON, unready: list[JSON], events: list[JSON]) -> Iterator[str]:
    """https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup."""
    why = condition(obj, "Failed") or condition(obj, "FailureTarget")
    if why.get("reason") == "DeadlineExceeded":
        seconds = number(obj, "spec", "activeDeadlineSeconds")
        yield f"was not done after {seconds} s (activeDeadlineSeconds), and was ended; give it more time, or less to do"
    elif why and not any(causes(each, events) for each in unready):
        yield f"{readiness(obj).why}: {why.get('message', '')}; its pods are gone, and their logs with them"


def _claim(obj: JSON, _: list[JSON], events: list[JSON]) -> Iterator[str]:
    """https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding."""
    spec, own = part(obj, "spec"), events_of(events, obj)
    said = latest(own, "ProvisioningFailed", "FailedBinding", "VolumeMismatch")
    if latest(own[:1], "WaitForFirstConsumer"):
        yield "is bound once a pod uses it (volumeBindingMode WaitForFirstConsumer); see why none does"
    elif spec.get("volumeName"):
        yield (
            f"volume {spec['volumeName']} does not fit or is not there{f': {said}' if said else ''}; compare its size, "
            "access modes, class and claimRef with the claim's"
        )
    elif said:
        yield f"no volume for it: {said}; check that storage class {spec.get('storageClassName') or '(default)'} works"


def _newest(pods: Iterable[JSON]) -> list[JSON]:
    return sorted(pods, key=lambda pod: str(part(pod, "metadata").get("creationTimestamp", "")), reverse=True)


def _name(obj: JSON) -> str:
    return str(part(obj, "metadata").get("name"))


_RULES: dict[str, Callable[[JSON, list[JSON], list[JSON]], Iterator[str]]] = {
    "StatefulSet": _stateful_set,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "ExternalSecret": external_secret,
    "SealedSecret": sealed_secret,
}
