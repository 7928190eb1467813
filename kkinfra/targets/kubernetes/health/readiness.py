"""Whether an object does what it is there for, told from itself.

For workloads the rules are those of `kubectl rollout status`
(https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go), for the rest those of
kstatus (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md), but that a Job is ready only
when it is complete, and a Pod that failed is none that is ready.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kkinfra.targets.kubernetes.client.objects import condition, holds, items, number, part, reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.targets.kubernetes.client.objects import JSON


@dataclass(frozen=True, slots=True)
class Readiness:
    """How far an object is; `failed` is for what does not get better by waiting. `why` is for people."""

    state: Literal["ready", "progressing", "failed"]
    why: str


def readiness(obj: JSON) -> Readiness:
    """How far a live object is; kinds that have nothing to wait for are ready."""
    if "deletionTimestamp" in part(obj, "metadata"):
        return _progressing("is being deleted")
    found = reference(obj)
    rule = _RULES.get((found.group, found.kind))
    return rule(obj) if rule else _ready("is there")


def _ready(why: str) -> Readiness:
    return Readiness("ready", why)


def _progressing(why: str) -> Readiness:
    return Readiness("progressing", why)


def _failed(why: str) -> Readiness:
    return Readiness("failed", why)


def _deployment(obj: JSON) -> Readiness:
    wanted, updated = number(obj, "spec", "replicas", default=1), number(obj, "status", "updatedReplicas")
    ending, available = number(obj, "status", "replicas") - updated, number(obj, "status", "availableReplicas")
    if not is_observed(obj):
        return _progressing("its controller has not seen the change yet")
    if condition(obj, "Progressing").get("reason") == "ProgressDeadlineExceeded":
        return _failed(f"made no progress for {_seconds(obj, 'progressDeadlineSeconds', 600)}")
    if updated < wanted:
        paused = "; it is paused: kubectl rollout resume" if part(obj, "spec").get("paused") else ""
        return _progressing(f"{updated} of {wanted} replicas are of the new revision{paused}")
    if ending > 0:
        return _progressing(f"{ending} of the old replicas have yet to end")
    if available < updated:
        return _progressing(f"{available} of {updated} replicas are available")
    return _ready(f"{available} of {wanted} replicas are available")


def _stateful_set(obj: JSON) -> Readiness:
    wanted, ready = number(obj, "spec", "replicas", default=1), number(obj, "status", "readyReplicas")
    there = number(obj, "status", "replicas")
    if not number(obj, "status", "observedGeneration") or not is_observed(obj):
        return _progressing("its controller has not seen the change yet")
    if ready < wanted:
        return _progressing(f"{ready} of {wanted} pods are ready")
    if part(obj, "spec", "updateStrategy").get("type") == "OnDelete":
        return _ready(f"{ready} of {wanted} pods are ready; each is updated when it is deleted (OnDelete)")
    if there > wanted:
        return _progressing(f"{there - wanted} pods have yet to end")
    return _revisions(obj, wanted)


def _revisions(obj: JSON, wanted: int) -> Readiness:
    """Whether the pods of a StatefulSet are of its new revision; those below the partition need not be."""
    status, updated = part(obj, "status"), number(obj, "status", "updatedReplicas")
    to_update = max(wanted - number(obj, "spec", "updateStrategy", "rollingUpdate", "partition"), 0)
    if to_update < wanted:
        state = _ready if updated >= to_update else _progressing
        return state(f"{updated} of {to_update} pods from ordinal {wanted - to_update} on are of the new revision")
    if wanted and (updated < wanted or status.get("currentRevision") != status.get("updateRevision")):
        return _progressing(f"{updated} of {wanted} pods are of the new revision")
    return _ready(f"{wanted} of {wanted} pods are ready")


def _daemon_set(obj: JSON) -> Readiness:
    wanted = number(obj, "status", "desiredNumberScheduled")
    updated, available = number(obj, "status", "updatedNumberScheduled"), number(obj, "status", "numberAvailable")
    if not number(obj, "status", "observedGeneration") or not is_observed(obj):
        return _progressing("its controller has not seen the change yet")
    if part(obj, "spec", "updateStrategy").get("type") != "OnDelete" and updated < wanted:
        return _progressing(f"{updated} of {wanted} pods are of the new revision")
    state = _ready if available >= wanted else _progressing
    return state(f"{available} of {wanted} pods are available")


def _job(obj: JSON) -> Readiness:
    """Why it failed is in the condition: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup."""
    succeeded, active, failed = (number(obj, "status", each) for each in ("succeeded", "active", "failed"))
    wanted = number(obj, "spec", "completions", default=number(obj, "spec", "parallelism", default=1))
    if holds(obj, "Complete"):
        return _ready("is complete")
    for kind in ("Failed", "FailureTarget"):
        if holds(obj, kind):
            return _failed(_job_failure(obj, condition(obj, kind)))
    if part(obj, "spec").get("suspend"):
        return _progressing("is suspended; it runs once spec.suspend is false")
    return _progressing(f"{succeeded} of {wanted} pods succeeded, {active} active, {failed} failed")


def _job_failure(obj: JSON, why: JSON) -> str:
    reason = str(why.get("reason", ""))
    if reason == "DeadlineExceeded":
        return f"was not done after {_seconds(obj, 'activeDeadlineSeconds', 0)} (activeDeadlineSeconds)"
    if reason == "BackoffLimitExceeded":
        limit = number(obj, "spec", "backoffLimit", default=6)
        return f"failed {number(obj, 'status', 'failed')} times (backoffLimit {limit})"
    return f"failed: {reason} {why.get('message', '')}".strip()


def _claim(obj: JSON) -> Readiness:
    """Phases: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/persistent-volume-claim-v1/."""
    phase, volume = part(obj, "status").get("phase"), part(obj, "spec").get("volumeName", "")
    if phase == "Bound":
        return _ready(f"is bound to {volume}")
    if phase == "Lost":
        return _failed(f"has lost its volume {volume}, and the data on it")
    return _progressing(f"waits for volume {volume}" if volume else "waits for a volume")


def _ingress(obj: JSON) -> Readiness:
    """Ready at once: a controller need not tell an address, and Traefik does only when it is set up to.

    https://doc.traefik.io/traefik/providers/kubernetes-ingress/#ingressendpoint.
    """
    told = [str(each.get("ip") or each.get("hostname")) for each in items(obj, "status", "loadBalancer", "ingress")]
    return _ready(f"is served at {', '.join(told)}" if told else "is there; its controller tells no address")


def _pod(obj: JSON) -> Readiness:
    """Phases: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase."""
    phase = part(obj, "status").get("phase")
    if phase == "Succeeded":
        return _ready("is done")
    if phase == "Failed":
        return _failed(f"failed: {part(obj, 'status').get('reason', 'a container ended with an error')}")
    if holds(obj, "Ready"):
        return _ready("is ready")
    crashing = [str(each.get("name")) for each in items(obj, "status", "containerStatuses") if _is_crashing(each)]
    if crashing:
        return _failed(f"{', '.join(crashing)} ends again and again")
    return _progressing("runs and is not ready" if phase == "Running" else "has not started yet")


def _external_secret(obj: JSON) -> Readiness:
    """Its status tells the generation that was copied last, and the condition whether that went well.

    https://external-secrets.io/latest/api/externalsecret/
    """
    synced = str(part(obj, "status").get("syncedResourceVersion", "")).partition("-")[0]
    found = condition(obj, "Ready")
    if found.get("status") == "False":
        return _progressing(f"is not synced: {found.get('message') or found.get('reason')}")
    if found.get("status") != "True" or synced != str(number(obj, "metadata", "generation")):
        return _progressing("External Secrets Operator has not copied it yet")
    return _ready("is synced")


def _sealed_secret(obj: JSON) -> Readiness:
    """https://github.com/bitnami-labs/sealed-secrets/blob/main/pkg/apis/sealedsecrets/v1alpha1/types.go."""
    found = condition(obj, "Synced")
    if is_observed(obj) and found.get("status") == "False":
        return _failed(f"is not unsealed: {found.get('message') or 'no reason told'}")
    if not is_observed(obj) or found.get("status") != "True":
        return _progressing("the controller of Sealed Secrets has not unsealed it yet")
    return _ready("is unsealed")


def is_observed(obj: JSON) -> bool:
    """Whether its controller has seen the newest change: until then, its status is that of what was before."""
    return number(obj, "status", "observedGeneration") >= number(obj, "metadata", "generation")


def _is_crashing(container: JSON) -> bool:
    return part(container, "state", "waiting").get("reason") == "CrashLoopBackOff"


def _seconds(obj: JSON, field: str, default: int) -> str:
    return f"{number(obj, 'spec', field, default=default)} s"


_RULES: dict[tuple[str, str], Callable[[JSON], Readiness]] = {
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("apps", "DaemonSet"): _daemon_set,
    ("batch", "Job"): _job,
    ("", "PersistentVolumeClaim"): _claim,
    ("networking.k8s.io", "Ingress"): _ingress,
    ("", "Pod"): _pod,
    ("external-secrets.io", "ExternalSecret"): _external_secret,
    ("bitnami.com", "SealedSecret"): _sealed_secret,
}
