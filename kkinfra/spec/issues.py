"""What is wrong with a specification, gathered in one pass: each place and problem is reported once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import Issue, SpecError
from kkinfra.spec.names import DnsLabel
from kkinfra.spec.overlay import layer_of, origin
from kkinfra.spec.wrong_value import not_a_mapping
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_mapping, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.overlay import Layer
    from kkinfra.values.document import Document, Steps

    Fault = tuple[Steps, str]
    """A path in an environment, and what is wrong there."""


@dataclass(frozen=True, slots=True)
class _Report:
    """Something that is wrong with an environment, at a path of its merged values."""

    environment: str
    path: Steps
    problem: str
    key: bool
    layers: tuple[Layer, ...]

    @property
    def written_path(self) -> Steps:
        """The path below the layer that says it, in which the elements of a list count that are taken away."""
        written_at, written = origin(self.layers, self.path)
        return written_at[len(layer_of(self.layers, written_at)) :] if written else self.path


class Issues:
    """Issues as they are found; one that several environments have is reported once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.issues: list[Issue] = []
        self.reports: list[_Report] = []
        self.misspelt: set[str] = set()

    @property
    def count(self) -> int:
        """How much is wrong so far."""
        return len(self.issues) + len(self.reports)

    def add(self, path: Steps, problem: str, *, key: bool = False) -> None:
        """Note what is wrong at a path of the file, or with its key."""
        if not self._follows(path, problem):
            self.issues.append(Issue(self.document.place(path, key=key), dotted(path), problem))

    def _follows(self, path: Steps, problem: str) -> bool:
        """Whether something is missing only because its key at the root is misspelt."""
        return problem.startswith("is missing") and path[0] in self.misspelt

    def report(
        self, environment: str, layers: tuple[Layer, ...], path: Steps, problem: str, *, key: bool = False
    ) -> None:
        """Note what is wrong at a path of an environment's merged values, or with its key."""
        if not self._follows(path, problem):
            self.reports.append(_Report(environment, path, problem, key, layers))

    def mapping(self, value: Any, path: Steps, missing: str, example: str = "key: value") -> dict[str, Any] | None:
        """Return a mapping as it is; note another value, as `missing` where it is null."""
        if is_mapping(value):
            return value
        self.add(path, missing if value is None else not_a_mapping(value, example))
        return None

    def name(self, value: Any, path: Steps, *, key: bool = False) -> str | None:
        """Return a name as it is; note another value."""
        try:
            return DnsLabel.parse(value)
        except ValueError as error:
            self.add(path, str(error), key=key)
            return None

    def gather(self, environments: Sequence[str]) -> None:
        """Turn what was reported of environments into issues: each place and problem once."""
        same: dict[tuple[Steps, str], list[_Report]] = {}
        for report in self.reports:
            same.setdefault((report.written_path, report.problem), []).append(report)
        for reports in same.values():
            everywhere = len(reports) == len(environments) and (len(environments) > 1 or len(reports[0].path) > 1)
            found: dict[Issue, list[str]] = {}
            for report in reports:
                found.setdefault(self._issue(report, everywhere=everywhere), []).append(report.environment)
            self.issues += [_with_names(issue, names, environments) for issue, names in found.items()]

    def _issue(self, report: _Report, *, everywhere: bool) -> Issue:
        """The issue where the value is written; what all lack or describe together, in what they share."""
        written_at, written = origin(report.layers, report.path)
        if everywhere and (not written or is_mapping(value_at(self.document.value, written_at))):
            shared_at, _ = origin(report.layers[:1], report.path)
            written_at = shared_at if len(shared_at) == len(report.path) - (not written) else written_at
        layer = layer_of(report.layers, written_at)
        place = self.document.place(written_at, key=report.key or not written)
        is_null = written and report.problem.startswith("is missing;")
        problem = report.problem.replace("is missing;", "is empty;", 1) if is_null else report.problem
        return Issue(place, dotted((*layer, *report.written_path)), problem)

    def error(self) -> SpecError:
        """All of them, as they are raised."""
        return SpecError(sorted(set(self.issues)), self.document.text)


def _with_names(issue: Issue, names: Sequence[str], environments: Sequence[str]) -> Issue:
    """The issue, with the environments that it concerns where its field is not in one of them."""
    layer = issue.field.split(".")[:2]
    told = layer in [["environments", name] for name in names] or len(names) == len(environments)
    return issue if told else Issue(issue.location, issue.field, f"{issue.problem} (in {', '.join(names)})")
