"""Every piece of a specification in the documentation is validated and rendered.

A `yaml` block is a whole specification where it says `project`. Else it is what a reader adds to one, from its
top-level keys on: it is merged over the checked-in specification, whose host is given room for what is added, must pass
every check and proof there, and each value that it writes must be what some environment then has.
"""

from __future__ import annotations

from typing import Any

import pytest

from blocks import blocks
from kkinfra.proving.prove import prove
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.spec.loading import Spec, resolve
from kkinfra.spec.overlay import Layer, merge
from kkinfra.values.document import dotted, parse
from kkinfra.values.plain import is_mapping
from kkinfra.values.yaml_text import document
from proven import TODAY
from real_spec import SOURCE

BASE = SOURCE.replace("instance_type: t2.micro", "instance_type: t3.large")

NULL = "<null>"
"""Stands for null while a block is merged, since what it takes away is for the environment's own layers to find."""


def with_nulls(value: Any, null: object, instead: object) -> Any:
    """A value in which every `null` is something else."""
    if is_mapping(value):
        return {key: with_nulls(each, null, instead) for key, each in value.items()}
    return instead if value == null else value


def merged(base: str, said: dict[str, Any]) -> dict[str, Any]:
    """A specification over which a piece is written, as by its reader: `null` stays, another variant replaces."""
    layers = [Layer((), with_nulls(each, None, NULL)) for each in (parse(base, "spec.yaml").value, said)]
    return with_nulls(merge(layers), NULL, None)


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    if is_mapping(value) and value:
        return [leaf for key, each in value.items() for leaf in leaves(each, (*path, key))]
    return [(path, value)]


def is_had(spec: Spec, path: tuple[str, ...], value: Any) -> bool:
    """Whether some environment has what is written at `path`, or lacks what is taken away there."""
    within = path[:2] if path[0] == "environments" else ()
    inner = path[len(within) :]
    if value is None:
        return any(lacks(merge(spec.layers[name]), inner) for name in within[1:] or spec.environments)
    return inner == ("extends",) or any(spec.where(name, inner)[1:] == (path, True) for name in spec.environments)


def lacks(value: Any, path: tuple[str, ...]) -> bool:
    return bool(path) and (not is_mapping(value) or path[0] not in value or lacks(value[path[0]], path[1:]))


def problems(text: str, directory: Any) -> list[str]:
    """What keeps a specification, or a piece of one, from being what it says; raises SpecError."""
    said = parse(text, "example.yaml").value
    whole = said if "project" in said else merged(BASE, said)
    path = directory / "example.yaml"
    path.write_text(document(whole))
    spec = open_spec(path)
    for name in spec.environments:
        assert len(render(resolve(spec, name, provisioned=False)))
    written = dict(leaves(said))
    found = [
        f"{result.field}: {result.problem}"
        for result in prove(spec, tuple(spec.environments), TODAY)
        if result.is_error
        or (result.rule == "accepted/stale" and any(dotted(path).startswith(result.field) for path in written))
    ]
    unused = [path for path in written if path != ("project",) and not is_had(spec, path, written[path])]
    return [*found, *(f"{dotted(path)}: no environment has {written[path]!r}" for path in unused)]


@pytest.mark.parametrize("block", [*blocks("yaml")])
def test_yaml_is_what_it_says(block, tmp_path):
    assert problems(block.text, tmp_path) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("stack: {webapp: {workers: 3}}", None),
        ("delivery: {by: apply}", "delivery.by: no environment has 'apply'"),
        ("stack: {webapp: {replicas: 3}}", "compose does not have this"),
        ("environments: {alpha: {stack: {webapp: {replicas: 3}}}}", None),
        ("environments: {beta: {extends: alpha, stack: {nginx: null}}}", "needs nginx, which serves the files"),
        ("environments: {beta: {extends: alpha, stack: {flower: null}, delivery: {path: beta}}}", None),
        ("environments: {alpha: {delivery: {by: apply}}}", None),
        ("environments: {alpha: {accepted: {exposure/ssh: {domain: {reason: so}}}}}", "accepts nothing"),
        ("replicas: 3", "is not a key here"),
        ("stack: {webapp: {memory: 8GB}}", "limits add up to"),
    ],
)
def test_a_wrong_example_is_found(text, problem, tmp_path):
    try:
        found = "\n".join(problems(text, tmp_path))
    except Exception as error:  # noqa: BLE001 - whatever it is, it has to be the problem
        found = str(error)
    assert (problem in found) if problem else found == ""
