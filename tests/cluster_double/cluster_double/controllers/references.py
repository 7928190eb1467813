"""What a pod needs that is not there: its secrets and its configuration.

https://kubernetes.io/docs/concepts/configuration/secret/#restriction-secret-must-exist
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

_KINDS = {"secret": ("Secret", "secretName"), "configMap": ("ConfigMap", "name")}


def unmounted(world: World, pod: JSON) -> str:
    """Why a volume of the pod cannot be mounted."""
    namespace = pod["metadata"]["namespace"]
    for volume in pod["spec"].get("volumes") or []:
        for source, (kind, key) in _KINDS.items():
            wanted = volume.get(source)
            if wanted is None or wanted.get("optional"):
                continue
            why = _missing(world, kind, namespace, wanted[key], [item["key"] for item in wanted.get("items") or []])
            if why:
                return f'MountVolume.SetUp failed for volume "{volume["name"]}" : {why}'
        refused = _refused_export(world, namespace, volume)
        if refused:
            return refused
    return ""


def _refused_export(world: World, namespace: str, volume: JSON) -> str:
    claim = world.find(
        "PersistentVolumeClaim", namespace, (volume.get("persistentVolumeClaim") or {}).get("claimName", "")
    )
    found = world.find("PersistentVolume", "", claim["spec"].get("volumeName", "")) if claim else None
    nfs = found["spec"].get("nfs") if found else None
    if not nfs or nfs["path"] not in world.pace.refused_exports:
        return ""
    where = f"{nfs['server']}:{nfs['path']}"
    return (
        f'MountVolume.SetUp failed for volume "{found["metadata"]["name"]}" : mount failed: exit status 32 '
        f"Output: mount.nfs: access denied by server while mounting {where}"
    )


def _missing(world: World, kind: str, namespace: str, name: str, keys: list[str]) -> str:
    found = world.find(kind, namespace, name)
    if found is None:
        return f'{kind.lower()} "{name}" not found'
    word = "secret" if kind == "Secret" else "config"
    absent = [key for key in keys if key not in (found.get("data") or {})]
    return f"references non-existent {word} key: {absent[0]}" if absent else ""


def unconfigured(world: World, pod: JSON, container: JSON) -> str:
    """Why the environment of a container cannot be made."""
    namespace = pod["metadata"]["namespace"]
    return next((why for why in _environment(world, namespace, container) if why), "")


def _environment(world: World, namespace: str, container: JSON) -> Iterator[str]:
    for source in container.get("envFrom") or []:
        yield _absent(world, "ConfigMap", namespace, source.get("configMapRef"))
        yield _absent(world, "Secret", namespace, source.get("secretRef"))
    for variable in container.get("env") or []:
        given = variable.get("valueFrom") or {}
        yield _absent(world, "ConfigMap", namespace, given.get("configMapKeyRef"))
        yield _absent(world, "Secret", namespace, given.get("secretKeyRef"))


def _absent(world: World, kind: str, namespace: str, reference: Any) -> str:
    if not reference or reference.get("optional"):
        return ""
    found = world.find(kind, namespace, reference["name"])
    if found is None:
        return f'{kind.lower()} "{reference["name"]}" not found'
    key = reference.get("key")
    if key is not None and key not in (found.get("data") or {}):
        return f"couldn't find key {key} in {kind} {namespace}/{reference['name']}"
    return ""
