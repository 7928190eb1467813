"""The controller of stateful sets: ordered pods, and revisions that replace each other from the last to the first.

https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/ - with the limit that a broken pod of a new
revision blocks the next one until somebody deletes it (https://github.com/kubernetes/kubernetes/issues/67250).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import digest, is_leaving, is_over, is_ready, owner_reference, pod_of
from cluster_double.store import clone

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

_REVISION = "controller-revision-hash"
_SOURCE = "statefulset-controller"


def reconcile(world: World) -> None:
    world.each("StatefulSet", _reconcile)


def _reconcile(world: World, stateful_set: JSON) -> None:
    if is_leaving(stateful_set):
        return
    update = _revision(world, stateful_set)
    current = stateful_set["status"].get("currentRevision") or update
    pods = {pod["metadata"]["name"]: pod for pod in world.owned("Pod", stateful_set)}
    if _all_there(world, stateful_set, pods, current, update):
        _roll(world, stateful_set, pods, update)
    _scale_down(world, stateful_set, pods)
    _set_status(world, stateful_set, current, update)


def _revision(world: World, stateful_set: JSON) -> str:
    """The name of the revision that the template is; one that comes back is the newest again."""
    template, metadata = stateful_set["spec"]["template"], stateful_set["metadata"]
    name = f"{metadata['name']}-{digest(template)}"
    known = {each["metadata"]["name"]: each for each in world.owned("ControllerRevision", stateful_set)}
    newest = max((each["revision"] for each in known.values()), default=0)
    if name not in known:
        body: JSON = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": newest + 1}
        body["metadata"] = {"name": name, "namespace": metadata["namespace"]}
        body["metadata"] |= {"labels": template["metadata"].get("labels") or {}}
        body["metadata"] |= {"ownerReferences": [owner_reference(stateful_set)]}
        world.create(body | {"data": {"spec": {"template": clone(template)}}})
    elif known[name]["revision"] < newest:
        world.update(known[name] | {"revision": newest + 1})
    return name


def _names(stateful_set: JSON) -> list[str]:
    return [f"{stateful_set['metadata']['name']}-{at}" for at in range(stateful_set["spec"]["replicas"])]


def _all_there(world: World, stateful_set: JSON, pods: dict[str, JSON], current: str, update: str) -> bool:
    """Whether every pod is there and ready; else the first that is missing is created, in order."""
    in_order = stateful_set["spec"]["podManagementPolicy"] == "OrderedReady"
    complete = True
    for at, name in enumerate(_names(stateful_set)):
        pod = pods.get(name)
        if pod is not None and is_over(pod) and not is_leaving(pod):
            world.delete(pod, now=True)
        elif pod is None:
            partition = stateful_set["spec"]["updateStrategy"].get("rollingUpdate", {}).get("partition", 0)
            _create(world, stateful_set, at, current if at < partition else update)
        elif is_ready(pod):
            continue
        complete = False
        if in_order:
            return False
    return complete


def _create(world: World, stateful_set: JSON, at: int, revision: str) -> None:
    metadata = stateful_set["metadata"]
    found = world.find("ControllerRevision", metadata["namespace"], revision)
    template = clone(found["data"]["spec"]["template"] if found else stateful_set["spec"]["template"])
    name = f"{metadata['name']}-{at}"
    labels = {_REVISION: revision, "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(at)}
    for claim in stateful_set["spec"].get("volumeClaimTemplates") or []:
        _claim(world, stateful_set, claim, f"{claim['metadata']['name']}-{name}")
        volume = {"name": claim["metadata"]["name"]}
        volume |= {"persistentVolumeClaim": {"claimName": f"{claim['metadata']['name']}-{name}"}}
        template["spec"].setdefault("volumes", []).append(volume)
    pod = pod_of(stateful_set, template, {"name": name}, labels)
    pod["spec"] |= {"hostname": name, "subdomain": stateful_set["spec"].get("serviceName", "")}
    world.create(pod)
    said = f"create Pod {name} in StatefulSet {metadata['name']} successful"
    world.event(stateful_set, "Normal", "SuccessfulCreate", said, _SOURCE)


def _claim(world: World, stateful_set: JSON, template: JSON, name: str) -> None:
    namespace = stateful_set["metadata"]["namespace"]
    if world.find("PersistentVolumeClaim", namespace, name) is None:
        labels = stateful_set["spec"]["selector"].get("matchLabels") or {}
        metadata = {"name": name, "namespace": namespace, "labels": labels}
        head = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
        world.create(head | {"metadata": metadata, "spec": clone(template["spec"])})


def _roll(world: World, stateful_set: JSON, pods: dict[str, JSON], update: str) -> None:
    """Replace the last pod that is of another revision."""
    strategy = stateful_set["spec"]["updateStrategy"]
    if strategy["type"] == "OnDelete":
        return
    partition = strategy.get("rollingUpdate", {}).get("partition", 0)
    for name in reversed(_names(stateful_set)[partition:]):
        if pods[name]["metadata"]["labels"].get(_REVISION) != update:
            world.delete(pods[name])
            said = f"delete Pod {name} in StatefulSet {stateful_set['metadata']['name']} successful"
            world.event(stateful_set, "Normal", "SuccessfulDelete", said, _SOURCE)
            return


def _scale_down(world: World, stateful_set: JSON, pods: dict[str, JSON]) -> None:
    surplus = sorted(pods.keys() - set(_names(stateful_set)), key=lambda name: int(name.rpartition("-")[2]))
    if surplus and not any(is_leaving(pods[name]) for name in surplus):
        world.delete(pods[surplus[-1]])


def _set_status(world: World, stateful_set: JSON, current: str, update: str) -> None:
    pods = [pod for pod in world.owned("Pod", stateful_set) if not is_leaving(pod)]
    of = [pod["metadata"]["labels"].get(_REVISION) for pod in pods]
    ready, replicas = sum(map(is_ready, pods)), stateful_set["spec"]["replicas"]
    if of.count(update) == len(pods) == ready == replicas:
        current = update
    counts = {"readyReplicas": ready, "currentReplicas": of.count(current), "updatedReplicas": of.count(update)}
    status: JSON = {"observedGeneration": stateful_set["metadata"]["generation"], "replicas": len(pods)}
    status |= {key: value for key, value in counts.items() if value} | {"availableReplicas": ready}
    status |= {"currentRevision": current, "updateRevision": update, "collisionCount": 0}
    if status != stateful_set["status"]:
        world.set_status(stateful_set, status)
