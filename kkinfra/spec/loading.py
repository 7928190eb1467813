"""The specification: one file, all environments, every error in one pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from kkinfra.errors import Issue, SpecError, UnknownEnvironmentError
from kkinfra.spec.broken_model import raising, wrong_traits
from kkinfra.spec.checks import check
from kkinfra.spec.environment import FORBIDDEN, Environment
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.issues import Issues
from kkinfra.spec.layering import mention, related, taken_away, with_kind
from kkinfra.spec.output_fields import OutputField, fill, other_stack, output_fields, wrong_output
from kkinfra.spec.overlay import Layer, layer_of, merge, origin
from kkinfra.spec.sealed_file import read_sealed
from kkinfra.spec.shapes import part
from kkinfra.spec.stack_outputs import outputs_path, read_outputs
from kkinfra.spec.vain_null import problems as vain_nulls
from kkinfra.spec.wrong_key import meant_key, not_a_key
from kkinfra.system.project import source_name
from kkinfra.values.document import Document, Steps, dotted, parse, read_text
from kkinfra.values.foreign_file import foreign
from kkinfra.values.plain import is_mapping, value_at
from kkinfra.values.suggestions import ALIKE_OF_FEW, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kkinfra.errors import Location
    from kkinfra.spec.stack_outputs import OutputsFile

OWN_KEYS = ("project", "environments")
"""Keys of the whole file; every other key at its root is what all environments share."""

EXTENDS = "extends"


@dataclass(frozen=True, slots=True, repr=False)
class Spec:
    """A valid specification. By environment, `layers` are what it was merged from, `outputs` what its stack told.

    `output_fields` are the fields that come from there, and `unknown` is what is wrong with those that do not.

    >>> kkinfra.open_spec("spec/environments.yaml").project
    'shop'
    """

    file: str
    source: str
    project: str
    document: Document
    environments: Mapping[str, Environment]
    layers: Mapping[str, tuple[Layer, ...]]
    outputs: Mapping[str, OutputsFile]
    output_fields: Mapping[str, tuple[OutputField, ...]]
    unknown: Mapping[str, tuple[Issue, ...]]

    def __repr__(self) -> str:
        """On a line."""
        return f"<Spec {self.file}: {', '.join(self.environments)}>"

    def where(self, environment: str, path: Steps) -> tuple[Location, Steps, bool]:
        """Place and path in its file of a resolved value, and whether it is written there at all."""
        for each in self.output_fields.get(environment, ()):
            if each.path == path and environment in self.outputs:
                return self.outputs[environment].place(each.output), ("outputs", each.output), True
        written_at, written = origin(self.layers[environment], path)
        return self.document.place(written_at, key=not written), written_at, written


def load_spec(path: Path | str) -> Spec:
    """Read, merge and check all environments; raises SpecError with everything that is wrong.

    `source`, which generated files name, is the path below the nearest directory above that holds a
    noxfile.py, a pyproject.toml or a .git. What the stacks of the environments told,
    and what was sealed for them, is read from beside it.
    """
    path = Path(path)
    document = parse(read_text(path, str(path)), str(path))
    named = document.value.get("environments") if is_mapping(document.value) else None
    read = {name: read_outputs(outputs_path(path, name)) for name in named} if is_mapping(named) else {}
    outputs = {name: found for name, found in read.items() if found}
    return _with_sealed(resolve_document(document, source_name(str(path)), outputs), path)


def _with_sealed(spec: Spec, path: Path) -> Spec:
    """The same, with what was sealed for environments whose Secrets an operator fills."""
    sealed = {name: read_sealed(path, name) for name, each in spec.environments.items() if each.secret_delivery}
    filled = {
        name: spec.environments[name].model_copy(update={"sealed": each}) for name, each in sealed.items() if each
    }
    return replace(spec, environments={**spec.environments, **filled}) if filled else spec


def resolve(spec: Spec, name: str, *, provisioned: bool = True) -> Environment:
    """The environment called `name`; raises UnknownEnvironmentError, which names the nearest.

    Where it leaves fields to the outputs of a stack that do not say them, SpecError is raised; unless it is not
    `provisioned`, and such a field is a name that leads nowhere.

    >>> str(kkinfra.resolve(kkinfra.open_spec("spec/environments.yaml"), "alpha").domain)
    'alpha.example.org'
    """
    try:
        found = spec.environments[name]
    except KeyError:
        known = sorted(spec.environments)
        hint = did_you_mean(name, known, ALIKE_OF_FEW)
        raise UnknownEnvironmentError(name, known, spec.file, hint) from None
    if provisioned:
        require_outputs(spec, [name])
    return found


def require_outputs(spec: Spec, names: Iterable[str]) -> None:
    """Raise SpecError where one of the environments leaves fields to the outputs of a stack that do not say them."""
    issues = [issue for name in names for issue in spec.unknown.get(name, ())]
    if issues:
        raise SpecError(sorted(issues), spec.document.text)


def resolve_document(document: Document, source: str, outputs: Mapping[str, OutputsFile] | None = None) -> Spec:
    """Merge and check the environments of a parsed file; raises SpecError."""
    issues = Issues(document)
    root = _root(document, issues)
    if root is None:
        raise issues.error()
    layers = _layers(root, issues)
    project = _project(root, issues)
    outputs = outputs or {}
    environments: dict[str, Environment] = {}
    left: dict[str, tuple[OutputField, ...]] = {}
    for name, each in layers.items():
        merged, left[name] = _merged(each, outputs.get(name))
        identity = {"name": name, "project": project or "project", "source": source}
        environment = _resolve_one(identity, merged, each, issues)
        if environment is not None:
            environments[name] = environment
    issues.gather(list(layers))
    if issues.issues:
        raise issues.error()
    unknown = {
        name: tuple(_unknown(document, environment, layers[name], left[name], outputs.get(name)))
        for name, environment in environments.items()
    }
    return Spec(document.file, source, str(project), document, environments, layers, outputs, left, unknown)


def _merged(layers: tuple[Layer, ...], found: OutputsFile | None) -> tuple[dict[str, Any], tuple[OutputField, ...]]:
    """What an environment says, with what its stack told; and the fields that come from there."""
    merged = merge(layers)
    stack = merged.get("stack")
    if is_mapping(stack):
        merged["stack"] = {part: with_kind(part, said) for part, said in stack.items()}
    left = tuple(output_fields(merged))
    fill(merged, left, found)
    return merged, left


def _unknown(
    document: Document,
    environment: Environment,
    layers: tuple[Layer, ...],
    left: Sequence[OutputField],
    found: OutputsFile | None,
) -> Iterator[Issue]:
    """What is wrong with the fields that are left to the outputs of a stack."""
    mismatch = other_stack(environment, found) if found and left else None
    if found and mismatch:
        yield Issue(found.document.place(("stack",)), "stack", mismatch)
        return
    for each in left:
        said = wrong_output(each, found, environment.name)
        if said:
            written_at, _ = origin(layers, each.path)
            yield Issue(document.place(written_at, key=True), dotted((*layer_of(layers, written_at), *each.path)), said)


def _root(document: Document, issues: Issues) -> dict[str, Any] | None:
    """What is written in the file; None where it is empty, or not a specification at all."""
    problem = foreign(document.value)
    if problem:
        issues.add((), problem)
        return None
    example = "project: shop; or write one with `kkinfra init`"
    return issues.mapping(document.value, (), "the file is empty; write one with `kkinfra init`", example)


def _project(root: Mapping[str, Any], issues: Issues) -> str | None:
    if root.get("project") is None:
        issues.add(("project",), "is missing; write the product's name, as in project: shop")
        return None
    return issues.name(root["project"], ("project",))


def _layers(root: Mapping[str, Any], issues: Issues) -> dict[str, tuple[Layer, ...]]:
    """What each environment is merged from, for those of which that can be told."""
    shared = _shared(root, issues)
    at: Steps = ("environments",)
    written = issues.mapping(root.get("environments"), at, "is missing; write environments: {alpha: {...}}")
    if not written:
        if written is not None:
            issues.add(at, "names no environment; write one, as in environments: {alpha: {...}}")
        return {}
    layers: dict[str, tuple[Layer, ...]] = {}
    for name, said in written.items():
        empty = "is empty; write what is different about it, domain and platform first"
        if issues.name(name, (*at, name), key=True) and issues.mapping(said, (*at, name), empty) is not None:
            chain = _chain(name, written, issues)
            if chain is not None:
                layers[name] = related((shared, *chain))
    return layers


def _shared(root: Mapping[str, Any], issues: Issues) -> Layer:
    """What all environments share: everything at the root that is not a key of the whole file."""
    shared = [name for name in Environment.model_fields if name not in FORBIDDEN]
    for key in root:
        if key not in shared and key not in OWN_KEYS:
            issues.add((key,), not_a_key(key, [*OWN_KEYS, *shared]), key=True)
            issues.misspelt.add(meant_key(key, [*OWN_KEYS, *shared]))
    _refuse_empty_names(root, issues)
    return Layer((), {key: root[key] for key in root if key in shared})


def _refuse_empty_names(root: Mapping[str, Any], issues: Issues) -> None:
    """What has a name and nothing else takes nothing away where there is no layer above; it was meant to be filled."""
    stack = root.get("stack")
    for name in _empty(stack):
        issues.add(("stack", name), f"is empty; write {name}: {part(name)}, or remove it")
    for name in _empty(root.get("secrets")):
        issues.add(("secrets", name), f"is empty; write {name}: {{env: {name}}}, or remove it")
    places: list[tuple[Steps, Any]] = [((), root)]
    if is_mapping(stack):
        places += [(("stack", name), each) for name, each in stack.items()]
    for path, each in places:
        for name in _empty(each.get("settings") if is_mapping(each) else None):
            issues.add((*path, "settings", name), f"is empty; write a value after {name}:, or remove it")


def _empty(entries: Any) -> list[str]:
    """The names in a mapping that nothing is said of."""
    return [name for name, said in entries.items() if said is None] if is_mapping(entries) else []


def _chain(name: str, written: Mapping[str, Any], issues: Issues) -> tuple[Layer, ...] | None:
    """The layers of an environment, from the one furthest away that it extends to itself."""
    chain: list[Layer] = []
    seen: list[str] = []
    current = name
    while is_mapping(said := written[current]):
        at: Steps = ("environments", current)
        seen.append(current)
        chain.append(Layer(at, {key: value for key, value in said.items() if key != EXTENDS}))
        parent = said.get(EXTENDS)
        if parent is None:
            return tuple(reversed(chain))
        problem = _wrong_parent(parent, seen, written)
        if problem:
            issues.add((*at, EXTENDS), problem)
            return None
        current = parent
    return None


def _wrong_parent(parent: Any, seen: Sequence[str], written: Mapping[str, Any]) -> str | None:
    known = [each for each in written if each not in seen]
    if not isinstance(parent, str) or parent not in written:
        others = f"write one of: {', '.join(known)}" if known else "there is no other; take extends out"
        return f"{shown(parent)} is not an environment{did_you_mean(parent, known)}; {others}"
    if parent in seen:
        circle = " -> ".join([*seen[seen.index(parent) :], parent])
        return f"environments extend one another in a circle, {circle}; take one of these out"
    return None


def _resolve_one(
    identity: dict[str, str], merged: dict[str, Any], layers: tuple[Layer, ...], issues: Issues
) -> Environment | None:
    before, name = issues.count, identity["name"]
    for key in FORBIDDEN:
        if key in merged:
            issues.report(name, layers, (key,), "is not a key here; take it out", key=True)
    merged |= identity
    for path, problem in vain_nulls(merged, layers):
        issues.report(name, layers, path, problem, key=True)
    environment = _validated(merged, layers, issues)
    if environment is None:
        return None
    for path, problem in list(wrong_traits(environment)) or check(environment):
        issues.report(name, layers, path, _of_a_part_taken_away(merged, layers, path, issues) or problem)
    return environment if issues.count == before else None


def _validated(merged: dict[str, Any], layers: tuple[Layer, ...], issues: Issues) -> Environment | None:
    """The environment; None where something is wrong, which is reported."""
    try:
        return environment_model().model_validate(merged)
    except ValidationError as error:
        from kkinfra.spec.messages import explain

        found = list(explain(error, merged))
    except Exception:
        found = [(path, problem, False) for path, problem in raising(merged)]
        if not found:
            raise
    for path, problem, is_key in found:
        issues.report(merged["name"], layers, path, problem, key=is_key)
    return None


def _of_a_part_taken_away(
    merged: Mapping[str, Any], layers: tuple[Layer, ...], path: Steps, issues: Issues
) -> str | None:
    """The problem with a name of a part that the layer of the name, or one before it, takes away."""
    if not mention(path):
        return None
    name, gone = value_at(merged, path), taken_away(layers)
    if name not in gone:
        return None
    at = issues.document.place((*layers[gone[name]].path, "stack", name), key=True)
    return f"{shown(name)} is taken away by {at}; take this name out, or that line"
