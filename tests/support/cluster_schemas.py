"""The strict schemas of kubernetes-validate, each loaded once, and those of the kinds that it does not know."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from kubernetes_validate import utils
from referencing import Registry, Resource

_KINDS = Path(__file__).parents[1] / "judge" / "kinds"


def problems(value: dict[str, Any], version: str) -> list[str]:
    """What a schema says against an object, for a version MAJOR.MINOR; a kind without a schema is a problem, too."""
    try:
        schema = _schema(value["apiVersion"], value["kind"], version)
    except FileNotFoundError:
        return [f"{value['apiVersion']}/{value['kind']} is a kind that no schema knows"]
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(value)]


@cache
def _others() -> dict[str, Any]:
    read = (json.loads(path.read_text()) for path in _KINDS.glob("*.json"))
    return {f"{each['x-api-version']}/{each['title']}": jsonschema.Draft7Validator(each) for each in read}


@cache
def _schema(api_version: str, kind: str, version: str) -> Any:
    """As `kubernetes_validate.utils.validate` finds it, which reads all definitions anew for each object."""
    other = _others().get(f"{api_version}/{kind}")
    if other:
        return other
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api_version)
    folder = _folder(version)
    schema = utils.schema_contents(f"{folder}/{kind.lower()}-{group}.json", version)
    return jsonschema.Draft202012Validator(schema, registry=_definitions(folder))


@cache
def _definitions(folder: str) -> Any:
    registry: Registry[Any] = Registry()
    return (Resource.from_contents(utils.schema_contents(f"{folder}/_definitions.json", "")) @ registry).crawl()


@cache
def _folder(version: str) -> str:
    exact = next(each for each in reversed(utils.all_versions()) if utils.major_minor(each) == version)
    return f"kubernetes-json-schema/v{exact}-local-strict"
