"""The fidelity ledger: for each field and platform, whether it is rendered, emulated, refused, or read by a verb.

Renderers say what they refuse and what they emulate; what they say nothing of must be rendered,
which the tests measure by changing each field and comparing the output. What a verb reads is the same
for all platforms, and said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from kkinfra.errors import Issue
from kkinfra.rendering.renderer import Refused
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pydantic import BaseModel

    from kkinfra.rendering.renderer import Fidelity, Renderer
    from kkinfra.spec.loading import Spec
    from kkinfra.values.document import Steps


@dataclass(frozen=True, slots=True)
class ReadBy:
    """No platform renders the field, since it is for a verb of kkinfra to read."""

    verb: str


READ_BY: Mapping[str, ReadBy] = {
    "accepted.*": ReadBy("validate"),
    "build.*": ReadBy("build"),
    "platform[compose].architecture": ReadBy("build"),
    "platform[kubernetes].secrets[sealed-secrets].*": ReadBy("secrets seal"),
}


def said_of(field: str, platform: str, renderers: Mapping[str, Renderer]) -> Fidelity | ReadBy | None:
    """What a verb, or the renderers of a platform, make of a field; None means that it is rendered."""
    pattern = _first_match(field, tuple(READ_BY))
    if pattern is not None:
        return READ_BY[pattern]
    for renderer in renderers.values():
        if platform in renderer.platforms:
            pattern = _first_match(field, tuple(renderer.fidelity))
            if pattern is not None:
                return renderer.fidelity[pattern]
    return None


@cache
def _first_match(field: str, patterns: tuple[str, ...]) -> str | None:
    return next((pattern for pattern in patterns if _matches(field, pattern)), None)


def _matches(field: str, pattern: str) -> bool:
    start, star, rest = pattern.partition("*")
    if rest or "?" in pattern:
        return fnmatchcase(field, pattern.replace("[", "[[]"))
    return field.startswith(start) if star else field == pattern


def ledger(renderers: Mapping[str, Renderer]) -> Iterator[tuple[str, dict[str, Fidelity | ReadBy | None]]]:
    """Every field, and by platform what becomes of it; None means that it is rendered.

    A platform's own fields do not concern the other platforms; nor does what a platform does not have, such as a
    delivery, where its renderers say nothing of it.
    """
    from kkinfra.spec.structure import fields

    platforms = sorted({platform for renderer in renderers.values() for platform in renderer.platforms})
    had = {platform: _variants(platform) for platform in platforms}
    for field in dict.fromkeys(fields()):
        said = {platform: said_of(field, platform, renderers) for platform in platforms}
        yield (
            field,
            {platform: said[platform] for platform in platforms if _concerns(field, had[platform], said[platform])},
        )


def _variants(platform: str) -> Mapping[str, Collection[str]]:
    """By section of the spec: the variants that a platform has; no section where the platform is not installed."""
    from kkinfra.spec.installed_models import deliveries, platforms

    if platform not in platforms():
        return {}
    model = platforms()[platform].model
    delivered = [by for by, (each, _) in deliveries().items() if platform in each.platforms]
    return {
        "platform": (platform,), "delivery": delivered, "tls": model.certificates, "postgresql": model.databases,
    }  # fmt: skip


def _concerns(field: str, had: Mapping[str, Collection[str]], said: Fidelity | ReadBy | None) -> bool:
    """Whether a field is of a variant that a platform has, or that its renderers say something of."""
    section, bracket, rest = field.partition("[")
    if not bracket or section not in had or rest.partition("]")[0] in had[section]:
        return True
    return said is not None and section != "platform"


def refusals(spec: Spec, name: str, renderers: Mapping[str, Renderer]) -> Iterator[Issue]:
    """An issue for each field that an environment writes and its platform refuses."""
    environment = spec.environments[name]
    kind = environment.platform.kind
    for path, field in written_fields(environment):
        fidelity = said_of(field, kind, renderers)
        if isinstance(fidelity, Refused):
            place, written_at, _ = spec.where(name, path)
            yield Issue(place, dotted(written_at), f"{kind} does not have this: {fidelity.why}")


def written_fields(model: BaseModel, path: Steps = (), prefix: str = "") -> Iterator[tuple[Steps, str]]:
    """Path and ledger name of every field that was written, rather than left to its default."""
    from kkinfra.spec.tags import tags

    for name in type(model).model_fields:
        if name in model.model_fields_set and name not in tags(type(model)):
            here = f"{prefix}.{name}" if prefix else name
            yield from _written(getattr(model, name), (*path, name), here)


def _written(value: Any, path: Steps, field: str) -> Iterator[tuple[Steps, str]]:
    from pydantic import BaseModel

    from kkinfra.spec.structure import label

    inner = value if is_mapping(value) else {}
    if isinstance(value, BaseModel):
        yield from written_fields(value, path, label(type(value), field))
    elif any(isinstance(each, BaseModel) for each in inner.values()):
        for key, each in inner.items():
            yield from _written(each, (*path, key), field)
    else:
        yield path, field
