"""Which secrets an environment needs and where they come from, as plain facts that can be kept; never what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Secret


@dataclass(frozen=True, slots=True)
class Place:
    """A kind of source under the specification's name for it, the place there, and the entry of that, if any."""

    kind: str
    place: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class SecretNeeds:
    """What reading an environment's secrets, and putting them into a cluster, has to know of it.

    `source` is the specification's path, `registry` the host of the product's image, `pull_secret` the name of the
    secret that it is pulled with, `region` that of AWS; each is empty where there is none. `is_delivered` is whether
    an operator in the cluster fills the Secrets. `needed` are names, sorted; `places` has all that are written.
    """

    environment: str
    project: str
    namespace: str
    source: str
    registry: str
    pull_secret: str
    region: str
    is_delivered: bool
    needed: tuple[str, ...]
    places: Mapping[str, Place]


def secret_needs(environment: Environment) -> SecretNeeds:
    """The facts of a resolved environment."""
    return SecretNeeds(
        str(environment.name), str(environment.project), str(environment.namespace), environment.source,
        environment.image.registry, str(environment.registry.pull_secret) if environment.registry else "",
        environment.platform.aws_region,
        environment.secret_delivery is not None, tuple(map(str, needed_secrets(environment))),
        {str(name): place_of(name, secret) for name, secret in environment.secrets.items()},
    )  # fmt: skip


def needed_secrets(environment: Environment) -> list[str]:
    """The names, sorted: what some container reads, and what the image is pulled with."""
    from kkinfra.spec.stack import PostgresqlStatefulSet

    needed = {*environment.mounted_secrets()}
    needed |= {database.password for _, database in environment.parts(PostgresqlStatefulSet)}
    if environment.registry:
        needed.add(environment.registry.pull_secret)
    return sorted(needed)


def place_of(name: str, secret: Secret) -> Place:
    """Where a secret comes from: a SOPS file has an entry for each, a secret of AWS may be a text of its own."""
    ((kind, place),) = secret.sources().items()
    return Place(kind, str(place), secret.key or ("" if secret.aws_secret else str(name)))
