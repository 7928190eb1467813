"""The values of secrets, put into the cluster beside the manifests: never in a file, never in Git.

They have a field manager of their own, so that applying the manifests leaves them alone, and the other way round.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.environment import Environment
    from kkinfra.secret import SecretText
    from kkinfra.targets.kubernetes.objects import JSON

MANAGER = "kkinfra-secrets"
REGISTRY = "registry"
"""The Secret that images are pulled with, as pods name it."""

_DOCKER = "kubernetes.io/dockerconfigjson"


def secret_objects(environment: Environment, values: Mapping[str, SecretText]) -> list[JSON]:
    """The Secrets with their values: the product's, and the one of the registry, where there are any."""
    pull = environment.registry.pull_secret if environment.registry else None
    own = {name: _encoded(value) for name, value in sorted(values.items()) if name != pull}
    found: list[JSON] = []
    if own:
        found.append(_secret(environment, environment.project, "Opaque", own))
    if pull and pull in values:
        found.append(_secret(environment, REGISTRY, _DOCKER, {".dockerconfigjson": _encoded(values[pull])}))
    return found


def _secret(environment: Environment, name: str, kind: str, data: dict[str, str]) -> JSON:
    metadata = {
        "name": name, "namespace": environment.namespace,
        "labels": {"app.kubernetes.io/part-of": environment.project, "app.kubernetes.io/managed-by": "kkinfra"},
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data}


def _encoded(value: SecretText) -> str:
    return base64.b64encode(value.bytes()).decode()
