"""Subsets as they are loaded and rendered, and what is alike in many of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kkinfra.rendering.pipeline import load_renderers, open_spec, render
from kkinfra.spec.stack import Nginx
from subset_specs import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from subset_specs import SubsetSpec

RENDERERS = load_renderers()
_SHOWN = 3


@dataclass(frozen=True)
class RenderedSubset:
    """One that is taken, with its tree."""

    subset: SubsetSpec
    spec: Spec
    tree: ArtifactTree

    @property
    def name(self) -> str:
        return self.subset.name

    @property
    def environment(self) -> Environment:
        return self.spec.environments[ENVIRONMENT]

    @cached_property
    def files(self) -> dict[str, str]:
        return {artifact.path: artifact.content for artifact in self.tree}

    @property
    def nginx_version(self) -> str:
        """The version that its configurations are for; empty where there is no Nginx."""
        found = self.environment.part(Nginx)
        return str(found[1].version) if found else ""


def opened(subset: SubsetSpec, directory: Path) -> Spec:
    """The spec, from a file; raises SpecError. Files are called alike, so that headers of generated files are, too."""
    path = directory / subset.name / "environments.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(subset.text)
    return open_spec(path, RENDERERS)


def rendered(subset: SubsetSpec, directory: Path) -> RenderedSubset:
    """The spec and its tree; raises SpecError."""
    spec = opened(subset, directory)
    return RenderedSubset(subset, spec, render(spec.environments[ENVIRONMENT], RENDERERS))


def distinct(
    subsets: Iterable[RenderedSubset],
    wanted: Callable[[str], bool],
    judged_for: Callable[[RenderedSubset], str] = lambda _: "",
) -> dict[tuple[str, str], list[str]]:
    """Where each text is, `SUBSET PATH`, by what it is judged for and the text: each is judged once."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in subsets:
        for path, text in each.files.items():
            if wanted(path):
                found.setdefault((judged_for(each), text), []).append(f"{each.name} {path}")
    return found


def told(problems: Mapping[str, Iterable[str]]) -> str:
    """Where each problem is, for a failure: the first few places, and how many more there are."""
    return "\n".join(f"{_places([*places])}: {problem}" for problem, places in problems.items())


def _places(places: list[str]) -> str:
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return f"{', '.join(places[:_SHOWN])}{more}"


def gathered(found: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """Places by problem, of problems and their places."""
    problems: dict[str, list[str]] = {}
    for problem, places in found:
        problems.setdefault(problem, []).extend(places)
    return problems


def each_problem(subsets: Iterable[RenderedSubset], find: Callable[[RenderedSubset], Iterable[str]]) -> str:
    """What is found in each, as `told` writes it."""

    def found() -> Iterator[tuple[str, list[str]]]:
        for each in subsets:
            yield from ((problem, [each.name]) for problem in find(each))

    return told(gathered(found()))
