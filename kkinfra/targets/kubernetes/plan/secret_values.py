"""The values of secrets, put into the cluster beside the manifests: never in a file, never in Git.

They have a field manager of their own, so that applying the manifests leaves them alone, and the other way round.
"""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import applied_by, part
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.values.secret import SecretText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.secrets.needs import SecretNeeds
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

SECRETS_MANAGER = "kkinfra-secrets"
REGISTRY = "registry"
"""The Secret that images are pulled with, as pods name it."""

_DOCKER = "kubernetes.io/dockerconfigjson"


def secret_names(needs: SecretNeeds) -> tuple[str, ...]:
    """The Secrets of an environment that hold values, as they are called in the cluster."""
    return (needs.project, *((REGISTRY,) if needs.pull_secret else ()))


def held_names(needs: SecretNeeds) -> set[str]:
    """The same, of those that anything reads."""
    return {str(each["metadata"]["name"]) for each in secret_objects(needs, blank_values(needs))}


def blank_values(needs: SecretNeeds) -> dict[str, SecretText]:
    """Some value for every secret, where it matters only that there is one."""
    return {name: SecretText("-") for name in needs.needed}


def values_of(secret: JSON | None) -> list[SecretText]:
    """The values that a live Secret holds; none where there is none. What is no text is none that a log repeats."""
    found: list[SecretText] = []
    for value in part(secret, "data").values():
        with suppress(ValueError):
            found.append(SecretText(base64.b64decode(str(value)).decode()))
    return found


def live_secrets(api: Api, needs: SecretNeeds) -> list[SecretText]:
    """What the environment's Secrets in the cluster hold, as its containers may print it.

    Raises ClusterError where they may not be read: then nothing that containers print could be shown.
    """
    kind = BUILT_IN["", "v1", "Secret"]
    found = together(lambda name: api.get(kind, needs.namespace, name), secret_names(needs))
    return [value for each in found for value in values_of(each)]


def own_values(made: JSON, there: JSON) -> JSON:
    """A Secret that is to be put back: as `made`, with the values that kkinfra put into the live one, and no others."""
    owned = {key for each in applied_by(SECRETS_MANAGER, there) for key in part(each, "f:data")}
    data = {key: value for key, value in part(there, "data").items() if f"f:{key}" in owned}
    return {**made, "data": data}


def secret_objects(needs: SecretNeeds, values: Mapping[str, SecretText]) -> list[JSON]:
    """The Secrets with their values: the product's, and the one of the registry, where there are any."""
    pull = needs.pull_secret
    own = {name: _encoded(value) for name, value in sorted(values.items()) if name != pull}
    found: list[JSON] = []
    if own:
        found.append(_secret(needs, needs.project, "Opaque", own))
    if pull and pull in values:
        found.append(_secret(needs, REGISTRY, _DOCKER, {".dockerconfigjson": _encoded(values[pull])}))
    return found


def _secret(needs: SecretNeeds, name: str, kind: str, data: dict[str, str]) -> JSON:
    metadata = {
        "name": name, "namespace": needs.namespace,
        "labels": {"app.kubernetes.io/part-of": needs.project, "app.kubernetes.io/managed-by": "kkinfra"},
    }  # fmt: skip
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "data": data}


def _encoded(value: SecretText) -> str:
    return base64.b64encode(value.bytes()).decode()
