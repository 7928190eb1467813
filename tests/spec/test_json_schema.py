"""The published schema, judged by a validator that nobody here wrote."""

from __future__ import annotations

import json

import jsonschema
import pytest
from ruamel.yaml import YAML

from checkout import ROOT, SPEC_FILE
from kkinfra.spec.json_schema import spec_schema
from kkinfra.spec.structure import fields

SCHEMA = spec_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def load(path):
    return YAML(typ="safe", pure=True).load(path)


def errors(document):
    return [error.json_path for error in VALIDATOR.iter_errors(document)]


def test_it_is_draft_7():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert "$defs" not in json.dumps(SCHEMA)


@pytest.mark.parametrize(
    "path", ["spec/environments.yaml", "tests/rendering/everything.yaml", "kkinfra/cli/starter_files/environments.yaml"]
)
def test_valid_specs_pass(path):
    assert errors(load(ROOT / path)) == []


def test_the_spec_names_its_schema():
    modeline = SPEC_FILE.read_text().split("\n")[0]
    assert modeline == "# yaml-language-server: $schema=environments.schema.json"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["stack", "redis", "maxmemory"], "256QB"),
        (["stack", "redis", "maxmemroy"], "256MB"),
        (["stack", "webapp", "workers"], "2"),
        (["stack", "webapp", "workers"], 0),
        (["environments", "alpha", "domain"], "not a domain"),
        (["environments", "alpha", "platform", "kind"], "nomad"),
        (["environments", "alpha", "stack", "postgresql", "on"], "sqlite"),
        (["environments", "Alpha"], {}),
        (["projct"], "x"),
    ],
)
def test_what_is_wrong_is_refused(path, value):
    document = load(SPEC_FILE)
    here = document
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    assert errors(document) != []


def test_every_field_has_a_description_and_an_example():
    missing = []

    def visit(name, schema):
        for field, each in schema.get("properties", {}).items():
            if "const" in each or field == "kind":
                continue
            if not each.get("description") or not each.get("examples"):
                missing.append(f"{name}.{field}")

    for name, schema in SCHEMA["definitions"].items():
        visit(name, schema)
    assert missing == []
    assert len(list(fields())) > 150


def test_null_takes_an_inherited_value_away():
    document = load(SPEC_FILE)
    document["environments"]["production"]["stack"]["flower"] = None
    document["environments"]["production"]["tls"] = None
    assert errors(document) == []
