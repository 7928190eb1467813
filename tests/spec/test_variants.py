"""Every choice between variants, switched in a second or third layer: what was said of the other one goes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from kkinfra.errors import SpecError
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.loading import Spec, resolve_document
from kkinfra.spec.overlay import Layer, merge, origin
from kkinfra.spec.platforms import SOURCES, Secret
from kkinfra.spec.structure import field_models
from kkinfra.spec.tags import tags
from kkinfra.values.document import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

SMALL = """\
project: shop
image: ghcr.io/example/shop:1.0.0
secrets: {PASSWORD: {env: PASSWORD}}
stack:
  webapp: {asgi: "config.asgi:application", memory: 256MB}
  db: {kind: postgresql, on: rds, version: "15", database: shop, user: shop, password: PASSWORD,
       endpoint: db.example.org, instance_class: db.t3.micro, storage: 20GiB}
environments:
  alpha:
    domain: alpha.example.org
    platform:
      kind: kubernetes
      version: "1.33"
      nodes: {control_plane: {count: 1, cpu: "2", memory: 4GiB}, workers: {count: 2, cpu: "4", memory: 8GiB}}
      ingress: {kind: traefik}
      storage: {server: nas.example.org, path: /export}
      secrets: {kind: sealed-secrets}
    tls: {by: traefik, resolver: dns}
    delivery: {by: gitops, repository: "https://example.org/infra.git", path: alpha, image_updater: {strategy: semver}}
"""


def unions(model: type[BaseModel]) -> Iterator[tuple[str, list[type[BaseModel]]]]:
    """Every field whose value is one of several variants, anywhere in the model, with those variants."""
    for name in model.model_fields:
        inner = list(field_models(model, name))
        if len(inner) > 1:
            yield f"{model.__name__}.{name}", inner
        for each in inner:
            yield from unions(each)


def everything(model: type[BaseModel]) -> dict[str, Any]:
    """A value for each field of a model, from its examples."""
    found: dict[str, Any] = dict(tags(model))
    for name, field in model.model_fields.items():
        inner = field_models(model, name)
        if name not in found and (inner or field.examples):
            found[name] = everything(inner[-1]) if inner else (field.examples or [])[-1]
    return found


UNIONS = dict(unions(environment_model()))
SWITCHES = [
    pytest.param(one, other, id=f"{field}-{one.__name__}-{other.__name__}")
    for field, variants in UNIONS.items()
    for one, other in itertools.permutations(variants, 2)
]


def test_the_choices_are_found():
    assert {"Environment.platform", "Environment.tls", "Environment.delivery", "Environment.stack"} <= UNIONS.keys()
    assert all(tags(variant) for variants in UNIONS.values() for variant in variants)


@pytest.mark.parametrize(("one", "other"), SWITCHES)
def test_a_switch_leaves_nothing_of_the_other_variant(one, other):
    said, switched = everything(one), everything(other)
    untold = {name: value for name, value in said.items() if name not in tags(one)}
    for between in ([], [{}], [untold], [said], [switched, said], [said, untold], [None]):
        layers = [Layer(("layer", at), {"it": value}) for at, value in enumerate([said, *between, switched])]
        assert merge(layers)["it"] == merge([Layer((), {"it": switched})])["it"]
        assert {origin(layers, ("it", name))[0][1] for name in switched} == {len(layers) - 1}


@pytest.mark.parametrize(("one", "other"), SWITCHES)
def test_what_is_said_of_the_new_variant_stays(one, other):
    switched = everything(other)
    named = {name: value for name, value in switched.items() if name in tags(other)}
    layers = [Layer(("layer", at), {"it": value}) for at, value in enumerate([everything(one), named, switched, {}])]
    assert merge(layers)["it"] == merge([Layer((), {"it": switched})])["it"]


def spec(*more: str) -> Spec:
    text = SMALL + "".join(f"  {line}\n" for each in more for line in each.splitlines())
    return resolve_document(parse(text, "spec.yaml"), "spec.yaml")


BETA = (
    "beta:\n  extends: alpha\n  delivery: {path: beta}\n  tls: {resolver: http}\n  platform: {secrets: {namespace: x}}"
)
SWITCHED = {
    "delivery": ("{by: apply}", "{'by': 'apply'}"),
    "tls": ("{by: secret, name: own-tls}", "{'by': 'secret', 'name': 'own-tls'}"),
}


@pytest.mark.parametrize("middle", ["", BETA])
@pytest.mark.parametrize("field", SWITCHED)
def test_an_environment_switches_what_it_extends(middle, field):
    written, read = SWITCHED[field]
    gamma = f"gamma:\n  extends: {'beta' if middle else 'alpha'}\n  {field}: {written}"
    found = getattr(spec(middle, gamma).environments["gamma"], field)
    assert str(found.model_dump(mode="python", exclude_unset=True)) == read


def test_an_operator_is_switched_in_a_third_layer():
    gamma = "gamma:\n  extends: beta\n  platform: {secrets: {kind: external-secrets, store: {name: vault}}}"
    found = spec(BETA, gamma).environments["gamma"].secret_delivery
    assert found is not None
    assert found.kind == "external-secrets"


def test_a_variant_of_a_kind_keeps_the_kind():
    db = "{on: statefulset, version: '15', database: shop, user: shop, password: PASSWORD, storage: 1GiB, memory: 1GiB}"
    found = spec(f"beta:\n  extends: alpha\n  stack: {{db: {db}}}").environments["beta"].stack["db"]
    assert (found.kind, getattr(found, "on", "")) == ("postgresql", "statefulset")


@pytest.mark.parametrize(
    ("layers", "line", "field", "problem"),
    [
        ((BETA, "gamma:\n  extends: beta\n  delivery: {by: apply, path: x}"), 27, "gamma.delivery.path", "not a key"),
        ((BETA, "gamma:\n  extends: beta\n  tls: {by: secret}"), 27, "gamma.tls.name", "is missing"),
        ((BETA, "gamma:\n  extends: beta\n  tls: {by: sceret}"), 27, "gamma.tls.by", "did you mean 'secret'"),
        (("beta:\n  extends: alpha\n  tls: {by: secret}",), 22, "beta.tls.name", "is missing"),
    ],
)
def test_what_is_wrong_is_at_the_layer_that_says_it(layers, line, field, problem):
    with pytest.raises(SpecError) as caught:
        spec(*layers)
    (issue,) = caught.value.issues
    assert (issue.location.line, issue.field) == (line, f"environments.{field}")
    assert problem in issue.problem


def test_only_fields_of_a_secret_that_are_sources_choose_it():
    assert set(SOURCES) | {"key", "readers"} == Secret.model_fields.keys()


PLACES = {"env": "A", "aws_parameter": "/a/b", "file": "a/b", "sops": "a.yaml", "aws_secret": "a/b"}


@pytest.mark.parametrize(("one", "other"), [*itertools.permutations(SOURCES, 2)])
def test_a_secret_comes_from_the_source_that_is_written_last(one, other):
    with_key = one in ("sops", "aws_secret")
    found = spec(
        f"beta:\n  extends: alpha\n  secrets: {{TOKEN: {{{one}: {PLACES[one]}, readers: [webapp]}}}}",
        f"gamma:\n  extends: beta\n  secrets: {{TOKEN: {'{key: entry}' if with_key else '{}'}}}",
        f"delta:\n  extends: gamma\n  secrets: {{TOKEN: {{{other}: {PLACES[other]}}}}}",
    )
    assert found.environments["gamma"].secrets["TOKEN"].key == ("entry" if with_key else None)
    token = found.environments["delta"].secrets["TOKEN"]
    assert (token.sources(), token.key, token.readers) == ({other: PLACES[other]}, None, ("webapp",))


def test_two_sources_in_one_layer_are_still_refused():
    with pytest.raises(SpecError, match=r"environments.beta.secrets.PASSWORD: has file and sops; write exactly one of"):
        spec("beta:\n  extends: alpha\n  secrets: {PASSWORD: {file: a, sops: b.yaml}}")
