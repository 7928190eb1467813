"""ExternalSecrets: what External Secrets Operator copies out of a store.

https://external-secrets.io/latest/api/externalsecret/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.secret_delivery import NAME
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import CONFIG, annotation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.spec.duration import Duration
    from kkinfra.spec.secret_delivery import ExternalSecrets
    from kkinfra_kubernetes.cluster import Cluster, File, Object
    from kkinfra_kubernetes.held_secret import HeldSecret


def external_secret_files(cluster: Cluster, said: ExternalSecrets, held: Iterable[HeldSecret]) -> Iterator[File]:
    """One for each Secret, which keeps its values while the store does not answer."""
    for each in held:
        path = f"secrets/external-secret{'' if each.name == cluster.environment.project else f'-{each.name}'}.yaml"
        yield path, _external_secret(cluster, said, each)


def _external_secret(cluster: Cluster, said: ExternalSecrets, held: HeldSecret) -> Object:
    spec = {
        "data": [{"remoteRef": _remote(cluster, said, name), "secretKey": key} for key, name in held.keys.items()],
        "refreshInterval": _go_duration(said.refresh),
        "secretStoreRef": {"kind": said.store.store_kind, "name": str(said.store.name)},
        "target": {
            "creationPolicy": "Owner",
            "deletionPolicy": "Retain",
            "name": held.name,
            "template": {"metadata": held.labels(cluster), "type": held.type},
        },
    }
    metadata = cluster.metadata(held.name, "secrets", annotations=annotation(CONFIG))
    return manifest("external-secrets.io/v1", "ExternalSecret", metadata, spec=spec)


def _remote(cluster: Cluster, said: ExternalSecrets, name: str) -> Object:
    environment = cluster.environment
    item = said.item or f"{environment.project}/{environment.name}"
    return {"key": item.replace(NAME, name)} if NAME in item else {"key": item, "property": name}


def _go_duration(said: Duration) -> str:
    """Go has no days (https://pkg.go.dev/time#ParseDuration)."""
    return f"{said.amount * 24}h" if said.unit == "d" else str(said)
