"""Secrets that kkinfra filled, and that an environment does not have any more: deleted, as they hold values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import applied_by, part, reference
from kkinfra.targets.kubernetes.plan.pruning import Prunable, parted
from kkinfra.targets.kubernetes.plan.secret_values import REGISTRY, SECRETS_MANAGER, held_names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.secrets.needs import SecretNeeds
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.live import Live

_SECRET = BUILT_IN["", "v1", "Secret"]
_FORBIDDEN = 403


def unneeded_secrets(needs: SecretNeeds) -> list[JSON]:
    """What an environment could have had, by name; none where an operator fills its Secrets, as they become its own."""
    if needs.is_delivered:
        return []
    names = {needs.project, REGISTRY} - held_names(needs)
    return [
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": needs.namespace}}
        for name in sorted(names)
    ]


def prunable_secrets(
    api: Api, live: Live, unneeded: Iterable[JSON]
) -> tuple[tuple[Prunable, ...], tuple[Prunable, ...]]:  # fmt: skip
    """Those that are there and kkinfra's: what is deleted, and what stays; others are nobody's business here."""
    there = [secret for each in unneeded if (secret := live.get(each)) and _owned(secret)]
    return parted(Prunable(reference(each), _others(each) or _forbidden(api, each)) for each in there)


def _owned(secret: JSON) -> set[str]:
    """The keys of the values that kkinfra put there."""
    own = (part(each, "f:data") for each in applied_by(SECRETS_MANAGER, secret))
    return {key[2:] for each in own for key in each if key.startswith("f:")}


def _others(secret: JSON) -> str:
    keys = sorted(part(secret, "data").keys() - _owned(secret))
    return f"holds {', '.join(keys)}, which somebody else put there" if keys else ""


def _forbidden(api: Api, secret: JSON) -> str:
    """Whether this user may not delete it, which is better known before anything is done."""
    metadata = secret["metadata"]
    try:
        api.delete(_SECRET, metadata["namespace"], metadata["name"], dry_run=True)
    except ClusterError as error:
        if error.status != _FORBIDDEN:
            raise
        return "this user may not delete it; apply build/ENV/access anew, or delete it by hand"
    return ""
