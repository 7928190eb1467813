"""What docs/spec.md says is true: its tables, its lists of names, and each sentence about layers."""

from __future__ import annotations

import re

import pytest

from blocks import ROOT
from kkinfra.proving.parity import differences
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.needs import needed_secrets
from kkinfra.spec.cpu import Cpu
from kkinfra.spec.duration import Duration
from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.loading import Spec, resolve_document
from kkinfra.spec.memory import Memory
from kkinfra.spec.names import Version
from kkinfra.spec.overlay import Layer, merge
from kkinfra.spec.port import Port
from kkinfra.spec.schedule import Schedule
from kkinfra.spec.stack import KINDS, SINGLETONS
from kkinfra.spec.wiring import variables
from kkinfra.values.document import parse
from real_spec import SOURCE

PAGE = (ROOT / "docs/spec.md").read_text(encoding="utf-8")
UNITS = {
    "memory, storage": Memory, "CPU": Cpu, "duration": Duration, "port": Port, "version": Version,
    "image": ImageReference, "schedule": Schedule,
}  # fmt: skip


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    _, _, below = PAGE.partition(f"\n## {heading}\n")
    table = re.search(r"^\|.*\n\| ---.*\n((?:\|.*\n)+)", below, re.MULTILINE)
    assert table
    return [[cell.strip() for cell in row.strip("|\n").split(" | ")] for row in table[1].splitlines()]


def written(cell: str) -> list[object]:
    """The values in a cell, as YAML reads them."""
    return [parse(f"it: {code}", "cell").value["it"] for code in re.findall(r"`([^`]+)`", cell)]


def spec(environments: str) -> Spec:
    return resolve_document(parse(f"{SOURCE}{environments}", "spec.yaml"), "spec.yaml")


def test_every_kind_of_part_is_listed_with_how_many_there_may_be():
    listed = {cells[0].strip("`"): cells[-1] for cells in rows("Parts of the stack")}
    assert listed.keys() == set(KINDS)
    several = {kind for kind, many in listed.items() if many == "any"}
    assert several == set(KINDS) - SINGLETONS


@pytest.mark.parametrize("row", rows("Units"), ids=lambda row: row[0])
def test_every_unit_is_written_so_and_not_otherwise(row):
    unit, right, wrong = row
    for value in written(right):
        UNITS[unit].parse("repository:tag" if "..." in str(value) else value)
    for value in written(wrong):
        with pytest.raises(ValueError, match=r".+"):
            UNITS[unit].parse(value)


def test_the_variables_that_parts_get_are_those_that_are_named():
    _, _, below = PAGE.partition("\n## Variables that the parts get\n")
    named = set(re.findall(r"`([A-Z_]{6,})`", below.partition("\n## ")[0]))
    for environment in spec("").environments.values():
        own = {*environment.settings, *(f"{name}_FILE" for name in environment.secrets), "IMAGE"}
        assert {name for name in variables(environment, "webapp") if name not in own} == named


def test_mappings_merge_and_the_rest_is_replaced():
    webapp = "{webapp: {workers: 3}, celery-worker: {queues: [mail]}}"
    beta = spec(f"  beta: {{extends: alpha, domain: b.example.org, stack: {webapp}}}\n").environments["beta"]
    assert (beta.stack["webapp"].workers, beta.stack["webapp"].asgi) == (3, "config.asgi:application")
    assert beta.stack["celery-worker"].queues == ("mail",)


def test_a_part_that_is_taken_away_takes_its_mentions_with_it():
    found = spec("  beta: {extends: alpha, domain: b.example.org, stack: {flower: null}}\n")
    alpha, beta = found.environments["alpha"], found.environments["beta"]
    assert set(needed_secrets(alpha)) - set(needed_secrets(beta)) == {"FLOWER_BASIC_AUTH"}
    assert not [each.path for each in render(beta) if "FLOWER_BASIC_AUTH" in each.content]
    assert [each.path for each in differences(alpha, beta)] == [("stack", "flower")]


def test_another_variant_takes_what_was_said_of_the_first_also_in_between():
    layers = ({"memory": 1}, {"by": "a", "of_a": 1}, {"between": 1}, {"by": "b", "of_b": 1}, {"of_b": 2})
    merged = merge([Layer((), {"it": each}) for each in layers])
    assert merged["it"] == {"memory": 1, "by": "b", "of_b": 2}


def test_a_secret_comes_from_the_last_source_and_keeps_its_readers():
    beta = "{extends: alpha, domain: b.example.org, secrets: {FLOWER_BASIC_AUTH: {file: flower}}}"
    secret = spec(f"  beta: {beta}\n").environments["beta"].secrets["FLOWER_BASIC_AUTH"]
    assert (secret.sources(), secret.readers) == ({"file": "flower"}, ("flower",))
