"""What the verbs of a cluster need of an environment, and remembering it, as most runs ask what others have asked."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, fields
from typing import Any

from kkinfra.secrets.needs import Place, SecretNeeds
from kkinfra.system import cache
from kkinfra.targets.kubernetes.plan.desired import Desired


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that was rendered for a cluster.

    `by` is how it is delivered. `proven_on` is the day (ISO 8601, UTC) for which the proofs found no error, and empty
    where they were not asked; `warnings` are what they told. `architectures` are those that images must be for.
    """

    name: str
    by: str
    image: str
    desired: Desired
    secrets: SecretNeeds
    proven_on: str = ""
    warnings: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()


def today() -> str:
    """This day in UTC, as `proven_on` has it."""
    return time.strftime("%Y-%m-%d", time.gmtime())


def recall(spec: str, name: str, proven_on: str = "") -> Prepared | None:
    """What was prepared of an environment, where nothing has changed since that goes into it; else None.

    With a day, only what was proven for that very day: an acceptance may have ended since.
    """
    text = cache.remembered(spec, _about(name))
    if text is None:
        return None
    try:
        found = _from_json(json.loads(text))
    except (ValueError, KeyError, TypeError):  # a damaged file
        return None
    return found if proven_on in ("", found.proven_on) else None


def keep(spec: str, prepared: Prepared, rendered_from: str, packages: list[str]) -> None:
    """Remember it for `recall`; `rendered_from` is the digest of all that went into it.

    What is no JSON, as a strange renderer's file may hold it, is not remembered.
    """
    try:
        text = json.dumps(_as_json(prepared))
    except (TypeError, ValueError):
        return
    if _from_json(json.loads(text)) == prepared:
        cache.remember(spec, _about(prepared.name), rendered_from, packages, text)


def _as_json(prepared: Prepared) -> dict[str, Any]:
    desired, secrets = _fields(prepared.desired), _fields(prepared.secrets)
    places = {name: _fields(place) for name, place in prepared.secrets.places.items()}
    return {**_fields(prepared), "desired": desired, "secrets": {**secrets, "places": places}}


def _fields(made: Any) -> dict[str, Any]:
    """Its fields; what they hold is not copied."""
    return {field.name: getattr(made, field.name) for field in fields(made)}


def _about(name: str) -> str:
    return f"cluster {name}"


def _from_json(read: dict[str, Any]) -> Prepared:
    places = {name: Place(**place) for name, place in read["secrets"].pop("places").items()}
    secrets = SecretNeeds(places=places, needed=tuple(read["secrets"].pop("needed")), **read.pop("secrets"))
    desired = Desired(objects=tuple(read["desired"].pop("objects")), **read.pop("desired"))
    lists: dict[str, Any] = {name: tuple(read.pop(name)) for name in ("warnings", "architectures")}
    return Prepared(desired=desired, secrets=secrets, **lists, **read)
