"""What differs between two resolved environments that should be the same product: a pure comparison.

What an environment has of its own (domain, platform, way of delivery, certificates, addresses) is not compared, nor
what one of the two platforms does not have; everything else of the stack is, field by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from kkinfra.spec.layering import MENTIONS
from kkinfra.spec.names import Version
from kkinfra.spec.overlay import VARIANTS
from kkinfra.spec.tags import tags
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.spec.date import Date
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Component
    from kkinfra.values.document import Steps

ABSENT = "none"
"""How the value of what an environment does not have reads."""

ASPECTS = ("image", "processes", "commands", "variables", "secrets", "versions", "limits", "health", "logs", "static")

_ASPECT_OF = {
    "limits": (
        "memory", "cpu", "cpu_limit", "workers", "concurrency", "replicas", "autoscale", "stop_grace", "timeout",
        "deadline", "maxmemory", "max_connections", "max_body", "rate", "storage", "instance_class", "backup_days",
        "multi_az",
    ),
    "commands": ("asgi", "app", "queues", "command", "schedule", "before"),
    "processes": (
        "uid", "port", "path", "expose", "route", "policy", "roles", "persistent", "http_port", "https_port",
        "identity_port", "database", "user",
    ),
    "versions": ("version", "django", "image"),
    "health": ("health", "ready"),
    "static": ("url", "directory", "keep"),
    "secrets": ("password",),
    "variables": ("settings",),
}  # fmt: skip

ASPECT_OF = {field: aspect for aspect, fields in _ASPECT_OF.items() for field in fields}
"""Of which aspect each field of a part is."""

OWN = frozenset({"endpoint"})
"""Fields of a part that every environment has of its own."""

ONE_PLATFORM = frozenset({
    "webapp.port", "webapp.replicas", "webapp.autoscale", "celery-worker.replicas", "celery-worker.autoscale",
    "container.replicas", "flower.expose", "redis.storage", "nginx.http_port", "nginx.https_port",
    "nginx.identity_port",
})  # fmt: skip
"""Fields of parts that one of the platforms refuses, so that two platforms cannot agree on them."""


@dataclass(frozen=True, slots=True)
class Disparity:
    """One thing that differs: of which aspect, at which path of an environment, and what each of the two has there."""

    aspect: str
    path: Steps
    left: str
    right: str

    @property
    def is_of_whole_part(self) -> bool:
        """Whether only one of the two has the part, or each has another type of it."""
        return self.aspect == "processes" and (len(self.path) == len(("stack", "name")) or self.path[-1] in VARIANTS)


def differences(left: Environment, right: Environment) -> list[Disparity]:
    """Everything that differs between two environments, in the order of the specification."""
    return [
        *_image(left, right),
        *_stack(left, right),
        *_names("variables", ("settings",), set(left.settings), set(right.settings)),
        *_secrets(left, right),
        *_logs(left, right),
    ]


def _image(left: Environment, right: Environment) -> Iterator[Disparity]:
    runs = image_of(left), image_of(right)
    if runs[0] != runs[1]:
        yield Disparity("image", ("image",), *runs)


def image_of(environment: Environment) -> str:
    """The image that an environment runs; where Image Updater owns the tag, which ones it chooses from."""
    updater = environment.delivery.updater
    if updater:
        chosen = f"{updater.strategy} of {updater.tags}"
        return f"{environment.image.repository} ({chosen}, by Image Updater)"
    return str(environment.image)


def image_at(environment: Environment) -> Steps:
    """The field that decides which image an environment runs."""
    return ("delivery", "image_updater") if environment.delivery.updater else ("image",)


def reason(difference: Disparity, environments: Iterable[Environment], on: Date) -> str:
    """Why it differs, in the words of the first environment that accepts it on a day; empty where none does."""
    for environment in environments:
        accepted = environment.accepted.get(f"parity/{difference.aspect}", {}).get(dotted(difference.path))
        if accepted and (accepted.until is None or accepted.until >= on):
            return accepted.reason
    return ""


def _stack(left: Environment, right: Environment) -> Iterator[Disparity]:
    same_platform = left.platform.kind == right.platform.kind
    only: set[str] = left.stack.keys() ^ right.stack.keys()
    for name in dict.fromkeys((*left.stack, *right.stack)):
        one, other = left.stack.get(name), right.stack.get(name)
        if one is None or other is None:
            yield Disparity("processes", ("stack", name), *(part.kind if part else ABSENT for part in (one, other)))
        else:
            yield from _part(name, one, other, only, same_platform=same_platform)


def _part(name: str, one: Component, other: Component, only: set[str], *, same_platform: bool) -> Iterator[Disparity]:
    yield from _variant(name, one, other)
    shared = next(model for model in type(one).__mro__ if isinstance(other, model))
    for field in shared.model_fields if issubclass(shared, BaseModel) else ():
        if field in ASPECT_OF and (same_platform or f"{one.kind}.{field}" not in ONE_PLATFORM):
            path, aspect = ("stack", name, field), ASPECT_OF[field]
            left, right = getattr(one, field), getattr(other, field)
            if aspect == "variables":
                yield from _names(aspect, path, set(left), set(right))
            elif field == MENTIONS["stack"]:
                yield from _field(aspect, path, _without(left, only), _without(right, only), one.kind)
            else:
                yield from _field(aspect, path, left, right, one.kind)


def _variant(name: str, one: Component, other: Component) -> Iterator[Disparity]:
    """The field that chose another type of part; its own fields then cannot be compared."""
    for field, said in tags(type(one)).items():
        there = tags(type(other)).get(field, ABSENT)
        if there != said:
            yield Disparity("processes", ("stack", name, field), said, there)


def _field(aspect: str, path: Steps, one: Any, other: Any, kind: str) -> Iterator[Disparity]:
    if isinstance(one, BaseModel) and isinstance(other, BaseModel):
        for field in type(one).model_fields:
            yield from _field(aspect, (*path, field), getattr(one, field), getattr(other, field), kind)
    elif _compared(one, kind) != _compared(other, kind):
        yield Disparity(aspect, path, shown(one), shown(other))


def _compared(value: Any, kind: str) -> Any:
    """What of a value must be the same: of a version, the series that its project maintains.

    PostgreSQL counts those by the first number (https://www.postgresql.org/support/versioning/), the others by two.
    """
    return value.numbers[: 1 if kind == "postgresql" else 2] if isinstance(value, Version) else value


def shown(value: Any) -> str:
    """A value as it is written in the specification, or near enough to be found there."""
    if value is None:
        return ABSENT
    if isinstance(value, BaseModel):
        return ", ".join(f"{field}: {shown(getattr(value, field))}" for field in type(value).model_fields)
    if is_list(value):
        return f"[{', '.join(map(str, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(aspect: str, path: Steps, left: set[str], right: set[str]) -> Iterator[Disparity]:
    """Names that only one of the two has."""
    for name in sorted(left ^ right):
        yield Disparity(aspect, (*path, name), *("set" if name in names else ABSENT for names in (left, right)))


def _secrets(left: Environment, right: Environment) -> Iterator[Disparity]:
    """Names of secrets, and who reads them; where they come from is each environment's own.

    A secret that is only for parts that the other environment does not have is no difference beyond those parts.
    """
    only = left.stack.keys() ^ right.stack.keys()
    yield from _names("secrets", ("secrets",), _names_beside(left, right, only), _names_beside(right, left, only))
    for name in sorted(left.secrets.keys() & right.secrets.keys()):
        one, other = (_without(each.secrets[name].readers, only) for each in (left, right))
        yield from _field("secrets", ("secrets", name, "readers"), one, other, "")


def _names_beside(environment: Environment, other: Environment, only: set[str]) -> set[str]:
    """The names of an environment's secrets, but for those that the other one lacks along with all their readers."""
    return {
        name
        for name, secret in environment.secrets.items()
        if name in other.secrets or not secret.readers or not only.issuperset(secret.readers)
    }


def _without(names: tuple[str, ...] | None, parts: set[str]) -> tuple[str, ...] | None:
    """The names that are written, without those of some parts."""
    return None if names is None else tuple(name for name in names if name not in parts)


def _logs(left: Environment, right: Environment) -> Iterator[Disparity]:
    """Log limits, between two hosts; in a cluster the kubelet has them, and the ledger refuses them."""
    if left.platform.kind == right.platform.kind:
        yield from _field("logs", ("logs",), left.logs, right.logs, "")
