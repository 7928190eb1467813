"""The verb `explain`: where a value comes from, and what a rendered line comes from."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.console.output import emit_or_say, say
from kkinfra.errors import QuestionError
from kkinfra.rendering.pipeline import load_renderers, open_spec, render, resolve
from kkinfra.rendering.provenance import Leaf, causes, leaves, names, variants
from kkinfra.rendering.writing import INVENTORY
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.suggestions import did_you_mean, few
from kkinfra.values.yaml_text import inline

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.errors import Location
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from kkinfra.values.document import Steps


def run(options: Call) -> int:
    """Answer the question that `options` holds; raises QuestionError where there is nothing to explain."""
    spec = open_spec(options.spec)
    environment = resolve(spec, options.environment)
    match = re.fullmatch(r"(?P<file>.+?):(?P<line>[0-9]+)(:[0-9]+)?", options.question or "")
    if match:
        _explain_line(options, spec, environment, match["file"], int(match["line"]))
    else:
        _explain_field(options, spec, environment, options.question or "")
    return 0


def _explain_field(options: Call, spec: Spec, environment: Environment, question: str) -> None:
    question = question.removeprefix(f"environments.{environment.name}.")
    fields = (*names(environment), *leaves(environment), *variants(environment))
    everything = {dotted(leaf.path): leaf for leaf in fields}
    found = [leaf for path, leaf in everything.items() if not question or _is_below(path, question)]
    if not found:
        known = {dotted(leaf.path[:depth]) for leaf in fields for depth in range(1, len(leaf.path) + 1)}
        hint = did_you_mean(question, known)
        remedy = f"`kkinfra explain {environment.name}` lists all, and FILE:LINE asks for a rendered line"
        raise QuestionError(f"{environment.name} has no field {question!r}{hint}; {remedy}")
    _print(options, spec, environment, found)


def _is_below(path: str, question: str) -> bool:
    return path == question or path.startswith((f"{question}.", f"{question}["))


def _explain_line(options: Call, spec: Spec, environment: Environment, file: str, line: int) -> None:
    renderers = load_renderers()
    tree = render(environment, renderers)
    path = _rendered_path(file, environment.name, Path(str(options.out)), tree)
    lines = tree[path].content.removesuffix("\n").split("\n")
    if not 1 <= line <= len(lines):
        raise QuestionError(f"{path} has no line {line}; its lines are 1 to {len(lines)}")
    found = causes(environment, path, line, renderers)
    say(options, f"{path}:{line}: {lines[line - 1].strip()}".rstrip())
    if not found:
        say(options, "  always so: no single field of the spec changes this line")
    _print(options, spec, environment, found)


def _rendered_path(file: str, environment: str, out: Path, tree: ArtifactTree) -> str:
    """The path in `tree` of a file as it was named; raises QuestionError where it is not rendered.

    A file can be named by its path in the tree, by one that leads through the output directory or any other that is
    called as the environment is, and from a directory inside the tree.
    """
    absolute = Path(file).resolve()
    steps = absolute.parts
    below = ["/".join(steps[index + 1 :]) for index, step in enumerate(steps) if step == environment]
    with suppress(ValueError):
        below.append(absolute.relative_to((out / environment).resolve()).as_posix())
    plain = Path(os.path.normpath(file)).as_posix()
    found = next((each for each in (*reversed(below), plain) if each in tree), None)
    if found is None:
        raise QuestionError(_not_rendered(plain, environment, tree))
    return found


def _not_rendered(file: str, environment: str, tree: ArtifactTree) -> str:
    name = file.rpartition("/")[2]
    if name == INVENTORY:
        return f"{file} lists what kkinfra wrote; nothing in the spec causes its lines"
    called_so = [path for path in tree.paths() if path.endswith(f"/{name}")]
    hint = f" (did you mean {few(called_so)}?)" if called_so else did_you_mean(file, tree.paths())
    return f"{environment} has no rendered file {file!r}{hint or f'; it has {few(tree.paths())}'}"


def _print(options: Call, spec: Spec, environment: Environment, found: list[Leaf]) -> None:
    rows = [_row(spec, environment, leaf) for leaf in found]
    told = [f"{row['field']} = {row['value']}" for row in rows]
    width = min(max(map(len, told), default=0), 72)
    lines = (f"{text:<{width}}  {row['place']}{_reason(row)}" for text, row in zip(told, rows, strict=True))
    emit_or_say(options, rows, *lines)


def _reason(row: dict[str, Any]) -> str:
    if row["origin"] == "default":
        return "(default)"
    return "" if row["written_as"] == row["field"] else f"  {row['written_as']}"


def _row(spec: Spec, environment: Environment, leaf: Leaf) -> dict[str, Any]:
    place, written_at, written = _where(spec, environment, leaf)
    return {
        "field": dotted(leaf.path),
        "value": inline(_plain(leaf.value)),
        "origin": "spec" if written else "default",
        "place": str(place) if written else "",
        "written_as": dotted(written_at) if written else "",
    }


def _where(spec: Spec, environment: Environment, leaf: Leaf) -> tuple[Location, Steps, bool]:
    """Place and path of what says a field, as `Spec.where` does; a part's name may be what says its kind."""
    if leaf.path == ("project",):
        return spec.document.place(leaf.path), leaf.path, True
    if leaf.path == ("name",):
        own = ("environments", environment.name)
        return spec.document.place(own, key=True), own, True
    place, written_at, written = spec.where(environment.name, leaf.path)
    implied = written and leaf.path[-1] == "kind" and written_at not in spec.document.values
    if leaf.is_key or implied:
        written_at = written_at[:-1] if implied else written_at
        place = spec.document.place(written_at, key=True)
    return place, written_at, written


def _plain(value: Any) -> Any:
    if is_mapping(value):
        return {key: _plain(each) for key, each in value.items()}
    if is_list(value):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, bool | int) else str(value)
