"""Importing: what was made by hand comes into the stack as it is, by a change set that does nothing else.

What that takes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError
from kkinfra.targets.cloudformation.stack.template import Template, read_template
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kkinfra.targets.cloudformation.stack.live import LiveStack
    from kkinfra.targets.cloudformation.stack.states import Stack

Identifiers = dict[str, str | dict[str, str]]
"""By logical ID: what the resource is called at AWS; a mapping where it takes more than one name."""

Imports = tuple[dict[str, Any], ...]
"""ResourcesToImport of CreateChangeSet."""

NOTHING: Imports = ()

_SUBSTITUTED = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[A-Za-z0-9.]+)?\}")


def importing(live: LiveStack, stack: Stack, wanted: Template, given: Sequence[str]) -> tuple[Template, Imports]:
    """The template that an import takes, and what is imported by it; raises DeployError with all that is missing."""
    identifiers = read_identifiers(given)
    there = read_template(live.template()) if stack.standing == "ready" else None
    template = import_template(wanted, there, identifiers)
    return template, _resources(template, identifiers, live.identifiers(template.body))


def read_identifiers(given: Iterable[str]) -> Identifiers:
    """What `--import` says: LOGICAL_ID=IDENTIFIER, or a file that maps one to the other; raises DeployError."""
    found: Identifiers = {}
    for each in given:
        name, equals, identifier = each.partition("=")
        found |= {name: identifier} if equals else _from_file(each)
    return found


def _from_file(path: str) -> Identifiers:
    import yaml

    try:
        said: Any = yaml.safe_load(Path(path).read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise DeployError(f"--import {path} cannot be read ({str(error).splitlines()[0]})") from error
    if not is_mapping(said) or not all(_is_identifier(each) for each in said.values()):
        remedy = "write lines like `Database: shop-db`, or `Route: {RouteTableId: rtb-1, CidrBlock: 0.0.0.0/0}`"
        raise DeployError(f"--import {path} does not map logical IDs to identifiers; {remedy}")
    return {name: each if is_mapping(each) else str(each) for name, each in said.items()}


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) or (is_mapping(value) and all(isinstance(each, str) for each in value.values()))


def import_template(wanted: Template, there: Template | None, identifiers: Identifiers) -> Template:
    """What is there already, unchanged, with the resources that are imported; these are kept whatever fails.

    Raises DeployError for logical IDs that the template does not have, that the stack has already, or that need others
    which neither is in the stack nor comes into it.
    """
    before = there.resources if there else {}
    _refuse([*_unusable(wanted, before, identifiers), *_unmet(wanted, before, identifiers)])
    # an import demands a DeletionPolicy that is written: where there is none, what is imported is kept
    taken = {name: {"DeletionPolicy": "Retain", **wanted.resources[name]} for name in identifiers}
    without_outputs = {key: each for key, each in wanted.tree.items() if key != "Outputs"}
    tree = {**(there.tree if there else without_outputs), "Resources": {**before, **taken}}
    used = _references(tree["Resources"])
    known = {**wanted.parameters, **(there.parameters if there else {})}
    tree["Parameters"] = {name: said for name, said in known.items() if name in used}
    return Template(json.dumps(tree, indent=1), tree)


def _unusable(wanted: Template, before: Mapping[str, Any], identifiers: Identifiers) -> Iterator[str]:
    for name in identifiers:
        if name not in wanted.resources:
            yield f"{name}: the template has no such resource{did_you_mean(name, wanted.resources)}"
        elif name in before:
            yield f"{name}: is in the stack already"


def _unmet(wanted: Template, before: Mapping[str, Any], identifiers: Identifiers) -> Iterator[str]:
    """An import makes nothing, so whatever an imported resource refers to must be there."""
    for name in identifiers:
        resource = wanted.resources.get(name, {})
        needed = (_references(resource) | _depended(resource)) & wanted.resources.keys()
        for other in sorted(needed - before.keys() - identifiers.keys()):
            yield f"{name}: needs {other}, which is not in the stack; import that, too: --import {other}=IDENTIFIER"


def _depended(resource: Mapping[str, Any]) -> set[str]:
    said = resource.get("DependsOn", ())
    return {str(each) for each in said} if is_list(said) else {str(said)}


def _references(value: Any) -> set[str]:
    """The names of parameters and resources that a value refers to."""
    if is_list(value):
        return {name for each in value for name in _references(each)}
    if not is_mapping(value):
        return set()
    found: set[str] = set()
    for key, each in value.items():
        if key == "Ref":
            found.add(str(each))
        elif key == "Fn::GetAtt":
            found.add(str(each[0] if is_list(each) and each else each).partition(".")[0])
        elif key == "Fn::Sub":
            text = each[0] if is_list(each) and each else each
            found |= set(_SUBSTITUTED.findall(str(text))) | _references(each)
        else:
            found |= _references(each)
    return found


def _resources(template: Template, identifiers: Identifiers, known: Mapping[str, tuple[str, ...]]) -> Imports:
    """ResourcesToImport; raises DeployError where the engine wants other names than are given."""
    found: list[dict[str, Any]] = []
    issues: list[str] = []
    for name, given in identifiers.items():
        keys = known.get(name, ())
        named = given if is_mapping(given) else dict.fromkeys(keys, given) if len(keys) == 1 else {}
        if not keys:
            issues.append(f"{name}: CloudFormation cannot import a {template.types[name]}")
        elif set(named) != set(keys):
            issues.append(f"{name}: is identified by {', '.join(keys)}; write that in a file, and give --import FILE")
        found.append({"ResourceType": template.types[name], "LogicalResourceId": name, "ResourceIdentifier": named})
    _refuse(issues)
    return tuple(found)


def _refuse(issues: list[str]) -> None:
    if issues:
        told = "".join(f"\n  {each}" for each in issues)
        raise DeployError(f"this cannot be imported, and nothing was changed:{told}")
