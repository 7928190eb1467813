"""What a model of a wheel does wrong once it is used: it raises, or a trait of it is of another type."""

from __future__ import annotations

from types import NoneType
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from kkinfra.spec.architecture import Architecture
from kkinfra.spec.installed_models import DELIVERY, PLATFORM, deliveries, platforms
from kkinfra.spec.platform_model import ClusterParts
from kkinfra.spec.platforms import Ec2, ImageUpdater
from kkinfra.spec.secret_delivery import ExternalSecrets, SealedSecrets
from kkinfra.values.plain import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault

PLATFORM_TRAITS: Mapping[str, tuple[type, ...]] = {
    "certificates": (tuple,), "databases": (tuple,), "title": (str,), "architectures": (tuple,),
    "shares_network": (bool,), "listen_address": (str,), "nginx_is_entrance": (bool,), "has_colours": (bool,),
    "own_namespace": (str, NoneType), "secret_delivery": (ExternalSecrets, SealedSecrets, NoneType),
    "instance": (Ec2, NoneType), "cluster": (ClusterParts, NoneType), "is_own_hardware": (bool,), "aws_region": (str,),
}  # fmt: skip
DELIVERY_TRAITS: Mapping[str, tuple[type, ...]] = {
    "platforms": (frozenset,), "stack_outputs": (dict,), "title": (str,), "ssh_port": (int, NoneType),
    "updater": (ImageUpdater, NoneType), "git": (tuple, NoneType), "service": (str, NoneType),
}  # fmt: skip
"""By trait, what it may be."""


def raising(merged: Mapping[str, Any]) -> Iterator[Fault]:
    """Path and problem, for each model that raises on what an environment says, in place of finding it wrong."""
    for field, kind, installed in (("platform", PLATFORM, platforms()), ("delivery", DELIVERY, deliveries())):
        path = (field, kind.field)
        name = str(value_at(merged, path))
        if name in installed:
            try:
                installed[name].model.model_validate(merged[field])
            except ValidationError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a wheel raises
                yield path, f"the {kind.what} {name!r} ({installed[name].place}) raised {error!r}"


def wrong_traits(environment: Environment) -> Iterator[Fault]:
    """Path and problem, for each trait that raises or is of another type."""
    kind, by = environment.platform.kind, environment.delivery.by
    for said in _wrong(environment.platform, PLATFORM_TRAITS):
        yield ("platform", "kind"), f"the platform {kind!r} ({platforms()[kind].place}) is broken: its trait {said}"
    for said in _wrong(environment.delivery, DELIVERY_TRAITS):
        yield ("delivery", "by"), f"the target {by!r} ({deliveries()[by].place}) is broken: its trait {said}"


def _wrong(model: object, traits: Mapping[str, tuple[type, ...]]) -> Iterator[str]:
    for name, types in traits.items():
        try:
            found: Any = getattr(model, name)
        except Exception as error:  # noqa: BLE001 - whatever a wheel raises
            yield f"{name} raised {error!r}"
            continue
        wanted = _wanted(name, found, types)
        if wanted:
            yield f"{name} is {found!r}, and must be {wanted}"


def _wanted(name: str, found: Any, types: tuple[type, ...]) -> str:
    """The types that a trait must be of, where it is of none of them; else nothing."""
    if not any(isinstance(found, each) for each in types):
        return " or ".join(each.__name__ for each in types)
    is_of_others = name == "architectures" and not all(isinstance(each, Architecture) for each in found)
    return "of Architecture" if is_of_others else ""
