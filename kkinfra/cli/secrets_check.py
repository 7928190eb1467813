"""The verb `secrets check`: which secrets an environment needs, and whether whoever asks has them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say, paint
from kkinfra.errors import SecretError
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.secrets.needs import needed_secrets
from kkinfra.secrets.sources import Problem, look_up
from kkinfra.secrets.sources.sources import source_of
from kkinfra.system.project import project_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.cli.call import Call
    from kkinfra.spec.environment import Environment

THERE, MISSING, UNREAD = "there", "missing", "not read"


@dataclass(frozen=True, slots=True)
class SecretState:
    """A secret, where it comes from, and the problem with it, if any; never any of the secret itself."""

    name: str
    kind: str
    place: str
    state: str
    problem: str = ""


def run(options: Call) -> int:
    """Look for every secret of the environment that `options` names; returns the exit code.

    In text, raises SecretError where some are missing.
    """
    environment = resolve(open_spec(options.spec), options.environment)
    states = _states(environment, project_directory(options.spec))
    missing = [(state.name, state.problem) for state in states if state.state == MISSING]
    emit_or_say(options, _as_json(environment.name, states), *_lines(environment.name, states))
    if missing and options.format != "json":
        raise SecretError(environment.name, missing)
    return 1 if missing else 0


def _states(environment: Environment, directory: str) -> list[SecretState]:
    found = look_up(environment, directory, needed_secrets(environment))
    states: list[SecretState] = []
    for name, secret in sorted(environment.secrets.items()):
        kind, place = source_of(name, secret)
        told = found.get(name)
        if isinstance(told, Problem):
            states.append(SecretState(name, kind, place, MISSING, str(told)))
        else:
            states.append(SecretState(name, kind, place, UNREAD if told is None else THERE))
    return states


def _lines(environment: str, states: list[SecretState]) -> Iterator[str]:
    counted = {state: sum(1 for one in states if one.state == state) for state in (THERE, MISSING, UNREAD)}
    said = ", ".join(f"{count} {state}" for state, count in counted.items() if count) or "no secrets"
    yield f"{environment}: {said}"
    names = max((len(state.name) for state in states), default=0)
    places = max((len(f"{state.kind} {state.place}") for state in states), default=0)
    colours = {THERE: "green", MISSING: "red", UNREAD: "dim"}
    for one in states:
        source = f"{one.kind} {one.place}"
        yield f"  {one.name:<{names}}  {source:<{places}}  {paint(one.state, colours[one.state], sys.stdout)}"


def _as_json(environment: str, states: list[SecretState]) -> dict[str, object]:
    return {
        "environment": environment,
        "missing": [state.name for state in states if state.state == MISSING],
        "secrets": [
            {
                "name": state.name,
                "source": {"kind": state.kind, "place": state.place},
                "state": state.state,
                "problem": state.problem or None,
            }
            for state in states
        ],
    }
