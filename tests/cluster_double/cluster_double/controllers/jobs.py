"""The controller of jobs.

https://kubernetes.io/docs/concepts/workloads/controllers/job/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import condition, is_leaving, is_over, is_ready, now_text, pod_of
from cluster_double.statuses import Refused

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

_SOURCE = "job-controller"


def reconcile(world: World) -> None:
    world.each("Job", _reconcile)


def _reconcile(world: World, job: JSON) -> None:
    if is_leaving(job):
        return
    if _end(job):
        _clean_up(world, job)
        return
    if job["spec"].get("suspend"):
        _suspend(world, job)
        return
    pods = [pod for pod in world.owned("Pod", job) if not is_leaving(pod)]
    active = [pod for pod in pods if not is_over(pod)]
    succeeded = sum(_phase(pod) == "Succeeded" for pod in pods)
    failed = sum(_phase(pod) == "Failed" for pod in pods)
    if "startTime" not in job.get("status", {}):
        world.since("job", job["metadata"]["uid"])
    end = _ending(world, job, succeeded, failed)
    if end:
        for pod in active:
            world.delete(pod, now=True)
        active = []
    elif len(active) < min(job["spec"]["parallelism"], (job["spec"].get("completions") or 1) - succeeded):
        active += _create(world, job)
    _set_status(world, job, active, succeeded, failed, end)


def _phase(pod: JSON) -> str:
    return pod.get("status", {}).get("phase", "Pending")


def _end(job: JSON) -> str:
    """The condition that the job ended with."""
    conditions = job.get("status", {}).get("conditions") or []
    return next((each["type"] for each in conditions if each["type"] in ("Complete", "Failed")), "")


def _ending(world: World, job: JSON, succeeded: int, failed: int) -> list[JSON]:
    """The conditions of a job that ends now."""
    spec = job["spec"]
    if succeeded >= (spec.get("completions") or 1):
        said = ("CompletionsReached", "Reached expected number of succeeded pods")
        return [condition(kind, "True", *said) for kind in ("SuccessCriteriaMet", "Complete")]
    deadline, age = spec.get("activeDeadlineSeconds"), world.since("job", job["metadata"]["uid"])
    if failed > spec["backoffLimit"]:
        said = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    elif deadline is not None and age >= deadline * world.pace.deadlines:
        said = ("DeadlineExceeded", "Job was active longer than specified deadline")
    else:
        return []
    world.event(job, "Warning", *said, _SOURCE)
    return [condition(kind, "True", *said) for kind in ("FailureTarget", "Failed")]


def _create(world: World, job: JSON) -> list[JSON]:
    name = f"{job['metadata']['name']}-"
    pod = pod_of(job, job["spec"]["template"], {"generateName": name})
    behaviour = world.behaviour(pod, job["metadata"]["name"])
    try:
        pod = world.create(pod) if behaviour is None or behaviour.mode != "Quota" else _refused(name, behaviour.message)
    except Refused as refused:
        world.event(job, "Warning", "FailedCreate", f"Error creating: {refused.message}", _SOURCE)
        return []
    world.event(job, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}", _SOURCE)
    return [pod]


def _refused(name: str, message: str) -> JSON:
    said = message or "exceeded quota: kkambbaki"
    raise Refused(403, "Forbidden", f'pods "{name}" is forbidden: {said}')


def _set_status(
    world: World, job: JSON, active: list[JSON], succeeded: int, failed: int, end: list[JSON]
) -> None:  # fmt: skip
    before = job.get("status", {})
    status: JSON = {"startTime": before.get("startTime") or now_text(), "terminating": 0, "uncountedTerminatedPods": {}}
    status |= {"active": len(active)} if active else {}
    status |= {"succeeded": succeeded} if succeeded else {}
    status |= {"failed": failed} if failed else {}
    status["ready"] = sum(map(is_ready, active))
    if end:
        at = {"lastProbeTime": now_text(), "lastTransitionTime": now_text()}
        status["conditions"] = [each | at for each in end]
    if end and end[-1]["type"] == "Complete":
        status["completionTime"] = now_text()
        world.event(job, "Normal", "Completed", "Job completed", _SOURCE)
    if status != before:
        world.set_status(job, status)


def _suspend(world: World, job: JSON) -> None:
    for pod in world.owned("Pod", job):
        world.delete(pod)
    conditions = job.get("status", {}).get("conditions") or []
    if not any(each["type"] == "Suspended" for each in conditions):
        at = {"lastProbeTime": now_text(), "lastTransitionTime": now_text()}
        world.set_status(job, {"conditions": [condition("Suspended", "True", "JobSuspended", "Job suspended", **at)]})


def _clean_up(world: World, job: JSON) -> None:
    lifetime = job["spec"].get("ttlSecondsAfterFinished")
    if lifetime is not None and world.since("ended", job["metadata"]["uid"]) >= lifetime * world.pace.deadlines:
        world.delete(job, "Foreground")
