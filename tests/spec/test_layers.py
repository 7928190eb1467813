"""Layers of a whole specification: what an environment becomes of what is said around it."""

from checkout import SPEC_FILE
from kkinfra.spec.loading import Spec, resolve_document
from kkinfra.spec.overlay import Layer, merge
from kkinfra.spec.stack import CeleryWorker, Container
from kkinfra.values.document import parse
from kkinfra.values.yaml_text import document

REAL = SPEC_FILE.read_text()


def over_the_real_one(overlay: str) -> Spec:
    said = merge([Layer((), parse(text, "spec.yaml").value) for text in (REAL, overlay)])
    return resolve_document(parse(document(said), "spec.yaml"), "spec.yaml")


def test_another_kind_takes_nothing_of_the_kind_that_a_name_implies() -> None:
    replaced = "{kind: container, image: 'busybox:1', port: 9000, memory: 64MB}"
    spec = over_the_real_one(f"environments: {{production: {{stack: {{flower: {replaced}}}}}}}")
    flower = spec.environments["production"].stack["flower"]
    assert isinstance(flower, Container)
    assert flower.memory.bytes == 64_000_000


def test_a_kind_that_was_said_holds_for_later_layers() -> None:
    spec = over_the_real_one(
        "stack: {flower: {kind: container, image: 'busybox:1', app: null, path: null}}\n"
        "environments: {alpha: {stack: {flower: null}}, production: {stack: {flower: {port: 9000}}}}"
    )
    flower = spec.environments["production"].stack["flower"]
    assert isinstance(flower, Container)
    assert flower.port == 9000


def test_a_part_that_was_taken_away_may_come_back() -> None:
    text = REAL.replace("flower:     {expose: true}", "flower:     null")
    text = text.replace(", readers: [flower]}", "}")
    text += "\n  beta: {extends: alpha, domain: beta.singun11.wtf, stack: {flower: {app: config, memory: 99MB}}}\n"
    spec = resolve_document(parse(text, "spec.yaml"), "spec.yaml")
    assert "flower" not in spec.environments["alpha"].stack
    assert spec.environments["beta"].stack["flower"].kind == "flower"


def test_a_part_may_be_called_as_a_variant_is() -> None:
    spec = over_the_real_one(
        "stack: {by: {kind: celery-worker, memory: 64MB}}\nenvironments: {production: {stack: {by: {memory: 65MB}}}}"
    )
    part = spec.environments["production"].stack["by"]
    assert isinstance(part, CeleryWorker)
    assert part.memory.bytes == 65_000_000
    assert "webapp" in spec.environments["production"].stack
