"""The documents of `-o json`, held against the schemas that the documentation has of them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from checkout import ROOT


@cache
def schema(name: str) -> jsonschema.Draft7Validator:
    """The schema of a verb's document."""
    said = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(said)
    return jsonschema.Draft7Validator(said)


def conforming(name: str, printed: str) -> Any:
    """What a verb printed, once it is what its schema says."""
    document = json.loads(printed)
    schema(name).validate(document)
    return document
