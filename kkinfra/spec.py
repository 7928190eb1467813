"""The specification: one file, all environments, every error in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.document import Document, Steps, dotted, parse, read_text
from kkinfra.errors import Issue, SpecError, UnknownEnvironmentError
from kkinfra.overlay import Layer, merge, origin
from kkinfra.suggestions import did_you_mean
from kkinfra.units import DnsLabel, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.environment import Environment
    from kkinfra.errors import Location

OWN_KEYS = ("project", "environments")
"""Keys of the whole file; every other key at its root is what all environments share."""

EXTENDS = "extends"


@dataclass(frozen=True, slots=True)
class Spec:
    """A valid specification. `layers` are, by environment, what it was merged from."""

    file: str
    source: str
    project: str
    document: Document
    environments: Mapping[str, Environment]
    layers: Mapping[str, tuple[Layer, ...]]

    def where(self, environment: str, path: Steps) -> tuple[Location, Steps, bool]:
        """Place and path in the file of a resolved value, and whether it is written there at all."""
        written_at, written = origin(self.layers[environment], path)
        return self.document.place(written_at, key=not written), written_at, written


def load_spec(path: Path | str, project_root: Path | None = None) -> Spec:
    """Read, merge and check all environments; raises SpecError with everything that is wrong.

    `source`, which generated files name, is the path below `project_root`, by default the nearest
    directory above that holds a noxfile.py, a pyproject.toml or a .git.
    """
    path = Path(path)
    document = parse(read_text(path, str(path)), str(path))
    return resolve_document(document, source_name(path, project_root))


def resolve(spec: Spec, name: str) -> Environment:
    """The environment called `name`; raises UnknownEnvironmentError, which names the nearest."""
    try:
        return spec.environments[name]
    except KeyError:
        raise UnknownEnvironmentError(name, sorted(spec.environments), spec.file) from None


def source_name(path: Path, project_root: Path | None = None) -> str:
    """The specification's path below its project, the same on every machine."""
    path = path.absolute()
    for root in [project_root] if project_root else path.parents:
        if project_root or any((root / mark).exists() for mark in ("noxfile.py", "pyproject.toml", ".git")):
            return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return path.name


def resolve_document(document: Document, source: str) -> Spec:
    """Merge and check the environments of a parsed file; raises SpecError."""
    findings = _Findings(document)
    root = findings.mapping(document.value, (), "the file is empty" if document.value is None else "")
    written = findings.mapping(root.get("environments"), ("environments",), "is missing") if root else {}
    project = findings.name(root.get("project"), ("project",)) if root else None
    if root and not written and not findings.issues:
        findings.add(("environments",), "names no environment; write one, as in `alpha: {...}`")
    shared = Layer((), {key: value for key, value in root.items() if key not in OWN_KEYS})
    layers: dict[str, tuple[Layer, ...]] = {}
    for name, said in written.items():
        at = ("environments", name)
        if findings.name(name, at, key=True) and findings.mapping(said, at, "is empty"):
            chain = _chain(name, written, findings)
            if chain is not None:
                layers[name] = (shared, *chain)
    environments: dict[str, Environment] = {}
    for name, each in layers.items():
        environment = _resolve_one(name, project or "project", source, each, findings)
        if environment is not None:
            environments[name] = environment
    findings.stop_if_any(len(layers))
    return Spec(document.file, source, str(project), document, environments, layers)


def _chain(name: str, written: Mapping[str, Any], findings: _Findings) -> tuple[Layer, ...] | None:
    """The layers of an environment, from the one furthest away that it extends to itself."""
    chain: list[Layer] = []
    seen: list[str] = []
    current: str | None = name
    while current is not None:
        said = written[current]
        at: Steps = ("environments", current)
        if not isinstance(said, dict):
            return None
        seen.append(current)
        chain.append(Layer(at, {key: value for key, value in said.items() if key != EXTENDS}))
        parent = said.get(EXTENDS)
        if parent is None:
            break
        if not isinstance(parent, str) or parent not in written:
            known = [each for each in written if each != current]
            hint = did_you_mean(parent, known) if isinstance(parent, str) else ""
            findings.add((*at, EXTENDS), f"{shown(parent)} is not an environment{hint}; write one of: {', '.join(known)}")
            return None
        if parent in seen:
            findings.add((*at, EXTENDS), f"extends itself: {' -> '.join([*seen, parent])}; take one of them out")
            return None
        current = parent
    return tuple(reversed(chain))


def _resolve_one(
    name: str, project: str, source: str, layers: tuple[Layer, ...], findings: _Findings
) -> Environment | None:
    from pydantic import ValidationError

    from kkinfra.checks import check
    from kkinfra.environment import FORBIDDEN, Environment
    from kkinfra.messages import explain

    merged = merge(layers)
    for key in FORBIDDEN:
        if key in merged:
            findings.report(name, layers, (key,), "is not a key here; take it out", key=True)
    stack = merged.get("stack")
    if isinstance(stack, dict):
        merged["stack"] = {part: _with_kind(part, said) for part, said in stack.items()}
    merged |= {"name": name, "project": project, "source": source}
    try:
        environment = Environment.model_validate(merged)
    except ValidationError as error:
        for path, problem, key in explain(error, merged):
            findings.report(name, layers, path, problem, key=key)
        return None
    before = findings.count
    for path, problem in check(environment):
        findings.report(name, layers, path, problem)
    return environment if findings.count == before else None


def _with_kind(name: str, said: Any) -> Any:
    from kkinfra.stack import KINDS

    return {"kind": name, **said} if isinstance(said, dict) and "kind" not in said and name in KINDS else said


class _Findings:
    """Issues as they are found; the same one in several environments is told once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.issues: list[Issue] = []
        self.per_environment: dict[Issue, list[str]] = {}

    @property
    def count(self) -> int:
        return len(self.issues) + sum(len(names) for names in self.per_environment.values())

    def add(self, path: Steps, problem: str, *, key: bool = False) -> None:
        self.issues.append(Issue(self.document.place(path, key=key), dotted(path), problem))

    def report(self, environment: str, layers: tuple[Layer, ...], path: Steps, problem: str, *, key: bool = False) -> None:
        written_at, written = origin(layers, path)
        place = self.document.place(written_at, key=key or not written)
        prefix = _written_prefix(layers, path, written_at, written)
        self.per_environment.setdefault(Issue(place, dotted((*prefix, *path)), problem), []).append(environment)

    def mapping(self, value: Any, path: Steps, missing: str) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        problem = missing if value is None and missing else f"{shown(value)} is not a mapping"
        self.add(path, f"{problem}; write keys and values, as in `key: value`")
        return {}

    def name(self, value: Any, path: Steps, *, key: bool = False) -> str | None:
        try:
            return DnsLabel.parse(value)
        except ValueError as error:
            problem = "is missing; write the product's name, as in `project: shop`" if value is None else str(error)
            self.add(path, problem, key=key)
            return None

    def stop_if_any(self, environments: int) -> None:
        for issue, names in self.per_environment.items():
            everywhere = len(names) == environments or dotted(("environments", names[0])) in issue.field
            suffix = "" if everywhere else f" (in {', '.join(names)})"
            self.issues.append(Issue(issue.location, issue.field, issue.problem + suffix))
        if self.issues:
            raise SpecError(sorted(set(self.issues)), self.document.text)


def _written_prefix(layers: Iterable[Layer], path: Steps, written_at: Steps, written: bool) -> Steps:
    """The path of the layer that says the value, or that the missing value belongs to."""
    if written:
        return written_at[: len(written_at) - len(path)]
    return next((layer.path for layer in reversed(tuple(layers)) if layer.path and written_at[: len(layer.path)] == layer.path), ())
