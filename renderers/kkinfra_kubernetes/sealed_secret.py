"""SealedSecrets: ciphertexts that the controller of Sealed Secrets decrypts.

https://github.com/bitnami-labs/sealed-secrets#sealedsecrets-as-templates-for-secrets
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from kkinfra.errors import RendererError
from kkinfra.spec.secret_delivery import SealedSecrets
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import CONFIG, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra_kubernetes.cluster import Cluster, File, Object
    from kkinfra_kubernetes.held_secret import HeldSecret


def sealed_secret_files(cluster: Cluster, held: Sequence[HeldSecret], sources: str) -> Iterator[File]:
    """One for each Secret; raises RendererError where something that is read was not sealed yet."""
    environment = cluster.environment
    missing = sorted({name for each in held for name in each.keys.values()} - environment.sealed.keys())
    if missing:
        raise RendererError(
            f"{', '.join(missing)} of {environment.name} {'is' if len(missing) == 1 else 'are'} not sealed yet; "
            f"run `kkinfra secrets seal {environment.name}`"
        )
    for each in held:
        path = f"secrets/sealed-secret{'' if each.name == environment.project else f'-{each.name}'}.yaml"
        yield path, _sealed_secret(cluster, each, sources)


def _sealed_secret(cluster: Cluster, held: HeldSecret, sources: str) -> Object:
    """Only a Secret of this very name and namespace is decrypted: strict scope, which is the default."""
    annotations = {**annotation(CONFIG), "kkinfra/keys": sources}
    spec = {
        "encryptedData": {key: cluster.environment.sealed[name] for key, name in held.keys.items()},
        "template": {"metadata": held.labels(cluster), "type": held.type},
    }
    metadata = cluster.metadata(held.name, "secrets", annotations=annotations)
    return manifest("bitnami.com/v1alpha1", "SealedSecret", metadata, spec=spec)


def sealed_checksum(environment: Environment, names: Sequence[str]) -> str:
    """Of what was sealed for a part, so that sealing anew is a rollout; empty where nothing was."""
    if not isinstance(environment.secret_delivery, SealedSecrets) or not names:
        return ""
    return sha256("\0".join(environment.sealed.get(name, "") for name in names).encode()).hexdigest()
