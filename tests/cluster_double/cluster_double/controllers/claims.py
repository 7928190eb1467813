"""The controller of volumes: which claim has which volume.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import is_leaving, is_over
from cluster_double.quantity import amount

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

_SOURCE = "persistentvolume-controller"
_CLAIM, _VOLUME = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


def reconcile(world: World) -> None:
    world.each("PersistentVolume", _set_volume)
    world.each("PersistentVolumeClaim", _set_claim)


def _set_claim(world: World, claim: JSON) -> None:
    if is_leaving(claim):
        _release(world, claim)
    elif claim["status"]["phase"] == "Pending":
        _bind(world, claim)
    elif claim["status"]["phase"] == "Bound":
        _check(world, claim)


def _set_volume(world: World, volume: JSON) -> None:
    reference, phase = volume["spec"].get("claimRef") or {}, volume["status"]["phase"]
    claim = world.find("PersistentVolumeClaim", reference.get("namespace", ""), reference.get("name", ""))
    if is_leaving(volume) and phase != "Bound":
        _unprotect(world, volume, _VOLUME)
        return
    wanted = phase
    if reference.get("uid"):
        same = claim is not None and claim["metadata"]["uid"] == reference["uid"]
        wanted = phase if same else "Released"
    elif phase == "Pending":
        wanted = "Available"
    if wanted != phase:
        world.set_status(volume, volume["status"] | {"phase": wanted})


def _unprotect(world: World, obj: JSON, finalizer: str) -> None:
    left = [each for each in obj["metadata"].get("finalizers", []) if each != finalizer]
    if left != obj["metadata"].get("finalizers", []):
        obj["metadata"]["finalizers"] = left
        world.update(obj)


def _release(world: World, claim: JSON) -> None:
    """A claim goes when no pod uses it."""
    name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
    pods = [pod for pod in world.all("Pod", namespace) if not is_over(pod)]
    used = {
        volume["persistentVolumeClaim"]["claimName"]
        for pod in pods
        for volume in pod["spec"].get("volumes") or []
        if "persistentVolumeClaim" in volume
    }
    if name not in used:
        _unprotect(world, claim, _CLAIM)


def _check(world: World, claim: JSON) -> None:
    if world.find("PersistentVolume", "", claim["spec"]["volumeName"]) is None:
        world.set_status(claim, claim["status"] | {"phase": "Lost"})
        world.event(claim, "Warning", "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!", _SOURCE)  # fmt: skip # noqa: E501


def _bind(world: World, claim: JSON) -> None:
    spec, named = claim["spec"], claim["spec"].get("volumeName")
    if named:
        volume = world.find("PersistentVolume", "", named)
        why = _mismatch(claim, volume) if volume is not None else "missing"
        if volume is not None and not why:
            _bound(world, claim, volume)
        elif volume is not None:
            reason = "FailedBinding" if "already bound" in why else "VolumeMismatch"
            world.event(claim, "Warning", reason, why, _SOURCE)
        return
    fitting = [each for each in world.all("PersistentVolume") if not _mismatch(claim, each) and not is_leaving(each)]
    storage_class = spec.get("storageClassName", "")
    if fitting:
        _bound(world, claim, min(fitting, key=lambda each: amount(each["spec"]["capacity"]["storage"])))
    elif not storage_class:
        said = "no persistent volumes available for this claim and no storage class is set"
        world.event(claim, "Normal", "FailedBinding", said, _SOURCE)
    else:
        _provision(world, claim, storage_class)


def _mismatch(claim: JSON, volume: JSON) -> str:
    """Why the volume is not for the claim."""
    spec, offered, name = claim["spec"], volume["spec"], volume["metadata"]["name"]
    reference = offered.get("claimRef")
    if reference and (reference.get("namespace"), reference.get("name")) != _identity(claim):
        return f'volume "{name}" already bound to a different claim.'
    if reference and reference.get("uid", claim["metadata"]["uid"]) != claim["metadata"]["uid"]:
        return f'volume "{name}" already bound to a different claim.'
    start = f'Cannot bind to requested volume "{name}": '
    if amount(offered["capacity"]["storage"]) < amount(spec["resources"]["requests"]["storage"]):
        return f"{start}requested PV is too small"
    if offered.get("storageClassName", "") != spec.get("storageClassName", ""):
        return f"{start}storageClassName does not match"
    if set(spec["accessModes"]) - set(offered["accessModes"]):
        return f"{start}incompatible accessMode"
    return ""


def _identity(claim: JSON) -> tuple[str, str]:
    return claim["metadata"]["namespace"], claim["metadata"]["name"]


def _bound(world: World, claim: JSON, volume: JSON) -> None:
    metadata = claim["metadata"]
    reference = volume["spec"].get("claimRef") or {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    reference |= {"namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"]}
    volume["spec"]["claimRef"] = reference | {"resourceVersion": metadata["resourceVersion"]}
    volume = world.update(volume)
    world.set_status(volume, volume["status"] | {"phase": "Bound"})
    metadata.setdefault("annotations", {})["pv.kubernetes.io/bind-completed"] = "yes"
    if not claim["spec"].get("volumeName"):
        metadata["annotations"]["pv.kubernetes.io/bound-by-controller"] = "yes"
    claim["spec"]["volumeName"] = volume["metadata"]["name"]
    claim = world.update(claim)
    status = {"phase": "Bound", "accessModes": volume["spec"]["accessModes"], "capacity": volume["spec"]["capacity"]}
    world.set_status(claim, status)


def _provision(world: World, claim: JSON, storage_class: str) -> None:
    found = world.find("StorageClass", "", storage_class)
    if found is None:
        said = f'storageclass.storage.k8s.io "{storage_class}" not found'
        world.event(claim, "Warning", "ProvisioningFailed", said, _SOURCE)
        return
    spec = {"storageClassName": storage_class, "accessModes": claim["spec"]["accessModes"]}
    spec |= {"capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]}}
    spec |= {"persistentVolumeReclaimPolicy": found.get("reclaimPolicy", "Delete"), "hostPath": {"path": "/double"}}
    name = f"pvc-{claim['metadata']['uid']}"
    if world.find("PersistentVolume", "", name) is None:
        world.create({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec})
