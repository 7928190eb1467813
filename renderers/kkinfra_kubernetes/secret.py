"""The Secret: its keys and where they come from, never what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.secret_delivery import ExternalSecrets, SealedSecrets
from kkinfra.spec.stack import Postgresql, Process
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.external_secret import external_secret_files
from kkinfra_kubernetes.held_secret import PULL_SECRET, HeldSecret
from kkinfra_kubernetes.sealed_secret import sealed_secret_files
from kkinfra_kubernetes.waves import CONFIG, PROTECTED, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.platforms import Secret
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
    """What becomes Secrets: one that values are pushed into, or what an operator in the cluster reads."""
    environment = cluster.environment
    if not _readers(cluster):
        return
    match environment.secret_delivery:
        case ExternalSecrets() as external:
            yield from external_secret_files(cluster, external, _held(cluster))
        case SealedSecrets():
            yield from sealed_secret_files(cluster, _held(cluster), _keys(cluster))
        case None:
            yield "secrets/secret.yaml", _empty(cluster)


def _empty(cluster: Cluster) -> Object:
    """Applying it leaves the values alone, whoever put them there."""
    annotations = {**annotation(CONFIG), **PROTECTED, "kkinfra/keys": _keys(cluster)}
    metadata = cluster.metadata(cluster.environment.project, "secrets", annotations=annotations)
    return manifest("v1", "Secret", metadata, type="Opaque")


def _keys(cluster: Cluster) -> str:
    """Each secret, where it comes from and who reads it."""
    secrets = cluster.environment.secrets
    return "".join(
        f"{key}: {_source(secrets[key])} -> {', '.join(readers)}\n" for key, readers in _readers(cluster).items()
    )


def _held(cluster: Cluster) -> list[HeldSecret]:
    """The Secrets that hold values: the product's, and the one that its image is pulled with."""
    environment = cluster.environment
    pull = environment.registry.pull_secret if environment.registry else None
    own = {key: key for key in _readers(cluster) if key != pull}
    product = HeldSecret(environment.project, "Opaque", own)
    registry = HeldSecret(PULL_SECRET, "kubernetes.io/dockerconfigjson", {".dockerconfigjson": pull} if pull else {})
    return [each for each in (product, registry) if each.keys]


def _readers(cluster: Cluster) -> dict[str, list[str]]:
    """Who reads each secret, for those that anybody does."""
    environment = cluster.environment
    found: dict[str, list[str]] = {key: [] for key in sorted(environment.secrets)}
    for name, part in environment.stack.items():
        if isinstance(part, Process):
            for key in secret_keys(cluster, name, part):
                found[key].append(name)
    if environment.registry:
        pulls = "imagePullSecrets (in a Secret called registry, of type kubernetes.io/dockerconfigjson)"
        found[environment.registry.pull_secret].append(pulls)
    return {key: readers for key, readers in found.items() if readers}


def _source(secret: Secret) -> str:
    ((kind, place),) = secret.sources().items()
    return f"{kind} {place} {secret.key}" if secret.key else f"{kind} {place}"
