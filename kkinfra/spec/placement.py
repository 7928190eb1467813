"""Whether delivery, certificates and databases are ones that the platform has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.installed_models import deliveries, platforms
from kkinfra.spec.stack import Postgresql
from kkinfra.spec.tags import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault


def placement(environment: Environment) -> Iterator[Fault]:
    """Path and problem, for each variant that the platform does not have."""
    platform, delivery, tls = environment.platform, environment.delivery, environment.tls
    if platform.kind not in delivery.platforms:
        others = [by for by, (model, _) in deliveries().items() if platform.kind in model.platforms]
        remedy = _choice("by", others) or f"install one that delivers to {platform.kind}"
        yield ("delivery", "by"), f"{_needs(delivery.by, delivery.platforms)}; {remedy}"
    if tls and tls.by not in platform.certificates:
        places = [kind for kind, (model, _) in platforms().items() if tls.by in model.certificates]
        yield ("tls", "by"), f"{_needs(tls.by, places)}; {_choice('by', platform.certificates) or 'remove tls'}"
    for name, database in environment.parts(Postgresql):
        where = tags(type(database))["on"]
        if where not in platform.databases:
            places = [kind for kind, (model, _) in platforms().items() if where in model.databases]
            remedy = _choice("on", platform.databases) or f"remove {name}"
            yield ("stack", name, "on"), f"{_needs(where, places)}; {remedy}"


def _needs(variant: str, places: Iterable[str]) -> str:
    known = " or ".join(kind for kind in platforms() if kind in places)
    return f"{variant!r} needs platform.kind {known or 'of a plug-in that is not installed'}"


def _choice(field: str, variants: Iterable[str]) -> str:
    """What to write instead; empty where there is nothing."""
    choices = " or ".join(f"{field}: {each}" for each in variants)
    return f"write {choices}" if choices else ""
