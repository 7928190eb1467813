"""The Secret: its keys and where they come from, never what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.stack import Postgresql, Process
from kkinfra_kubernetes.waves import CONFIG, PROTECTED, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.platforms import Secret
    from kkinfra_kubernetes.cluster import Cluster, File, Object

READABLE_BY_GROUP = 0o440


def secret_keys(cluster: Cluster, name: str, part: object) -> tuple[str, ...]:
    """The secrets that a part reads, sorted; a database reads its own password whoever else does."""
    keys = cluster.environment.secrets_of(name)
    if isinstance(part, Postgresql) and part.password not in keys:
        keys = tuple(sorted((*keys, part.password)))
    return keys


def secret_volume(cluster: Cluster, keys: tuple[str, ...]) -> Object:
    """The volume that shows a pod its own secrets, and no others."""
    return {
        "name": "secrets",
        "secret": {
            "secretName": cluster.environment.project,
            "defaultMode": READABLE_BY_GROUP,
            "items": [{"key": key, "path": key} for key in keys],
        },
    }


def secret_files(cluster: Cluster) -> Iterator[File]:
    """One Secret without values: they are pushed into it, and applying this file leaves them alone."""
    environment = cluster.environment
    if not environment.secrets:
        return
    lines = [
        f"{key}: {_source(environment.secrets[key])} -> {', '.join(readers) or 'nobody'}\n"
        for key, readers in _readers(cluster).items()
    ]
    annotations = {**annotation(CONFIG), **PROTECTED, "kkinfra/keys": "".join(lines)}
    metadata = cluster.metadata(environment.project, "secrets", annotations=annotations)
    yield "secrets/secret.yaml", {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque"}


def _readers(cluster: Cluster) -> dict[str, list[str]]:
    environment = cluster.environment
    found: dict[str, list[str]] = {key: [] for key in sorted(environment.secrets)}
    for name, part in environment.stack.items():
        if isinstance(part, Process):
            for key in secret_keys(cluster, name, part):
                found[key].append(name)
    if environment.registry:
        pulls = "imagePullSecrets (in a Secret called registry, of type kubernetes.io/dockerconfigjson)"
        found[environment.registry.pull_secret].append(pulls)
    return found


def _source(secret: Secret) -> str:
    ((kind, place),) = secret.sources().items()
    return f"{kind} {place} {secret.key}" if secret.key else f"{kind} {place}"
