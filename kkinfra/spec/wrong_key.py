"""Keys that a mapping does not have: what was meant, or where the key belongs, and which keys there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.environment import FORBIDDEN, Environment
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.stack import KINDS
from kkinfra.spec.structure import field_models
from kkinfra.spec.tags import tags
from kkinfra.values.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from kkinfra.values.document import Steps

_MEANT = {
    "environment": "settings", "env": "settings", "variables": "settings", "ports": "port", "expose": "port",
    "entrypoint": "command", "cmd": "command", "args": "command", "run": "command",
    "mem_limit": "memory", "mem": "memory", "ram": "memory", "limits": "memory", "resources": "memory", "cpus": "cpu",
    "healthcheck": "health", "scale": "replicas", "instances": "replicas", "stop_grace_period": "stop_grace",
    "services": "stack", "parts": "stack", "type": "kind", "depends_on": "before", "cron": "schedule",
    "size": "storage", "envs": "environments",
}  # fmt: skip
"""Keys of Compose, Kubernetes and the like, and what they are called here."""

_FEW = 3
_SLIP = 1
"""Letters that a key may have too many or too few to be a slip of the fingers, whatever it is elsewhere."""


def not_a_key(key: str, known: Sequence[str], path: Steps = ()) -> str:
    """The problem with a key that is not among those that are known in the mapping at `path`."""
    keys = f"the keys here are: {', '.join(sorted(known))}"
    meant = meant_key(key, known)
    is_typo = meant and abs(len(meant) - len(key)) <= _SLIP
    belongs = "" if is_typo or _called_here(key) == meant != "" else _elsewhere(key, path)
    if belongs:
        return f"is not a key here{belongs}{'' if 'write' in belongs else f'; {keys}'}"
    return f"is not a key here{f' (did you mean {meant!r}?)' if meant else ''}; {keys}"


def meant_key(key: str, known: Sequence[str]) -> str:
    """The key that was meant; empty where none is like it."""
    other = _called_here(key)
    return nearest(key, known) or (other if other in known else "")


def _called_here(key: str) -> str:
    return _MEANT.get(key.lower().replace("-", "_"), "")


def _elsewhere(key: str, path: Steps) -> str:
    """Where a key belongs that stands at the wrong level, or in the wrong part; empty where it belongs nowhere."""
    if key in KINDS and path[:1] != ("stack",):
        return f", but a part; write it under stack, as in stack: {{{key}: ...}}"
    if path and key in Environment.model_fields and key not in FORBIDDEN:
        return f", but one of the environment; write it beside {path[0]}, not below"
    places = list(dict.fromkeys(_places(key, environment_model())))
    kinds = [place for place, is_part in places if is_part]
    if kinds and path[:1] == ("stack",):
        return (
            f", but one of the kind{'s' if len(kinds) > 1 else ''} {' and '.join(kinds)}" if len(kinds) <= _FEW else ""
        )
    if kinds:
        return f", but one of a part; write it there, as in stack: {{PART: {{{key}: ...}}}}"
    return f"; write it under {' or '.join(place for place, _ in places)}" if 0 < len(places) <= _FEW else ""


def _places(key: str, model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, bool]]:
    """The mappings that have a key, as paths; parts by their kind, and whether it is one."""
    for name in model.model_fields:
        if issubclass(model, Environment) and name in FORBIDDEN:
            continue
        here = f"{prefix}.{name}" if prefix else name
        for each in field_models(model, name):
            at = tags(each)["kind"] if here == "stack" else here
            if key in each.model_fields and key not in tags(each):
                yield at, here == "stack"
            if here != "stack":
                yield from _places(key, each, at)
