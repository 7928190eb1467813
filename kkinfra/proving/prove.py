"""Running the proofs: each finding gets its place in the specification, and who accepted it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ProofError
from kkinfra.proving.installed import load_proofs
from kkinfra.proving.proof import ComparisonProof, Finding, Proof
from kkinfra.rendering.pipeline import render
from kkinfra.spec.date import Date
from kkinfra.values.document import dotted
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from kkinfra.errors import Location
    from kkinfra.proving.proof import AnyProof, Row, Severity
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.acceptance import Acceptance
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from kkinfra.values.document import Steps

ACCEPTED = "accepted"
"""The pseudo-proof whose findings are about the acceptances themselves; its rule is `stale`."""

ACCEPTED_RULES: Mapping[str, str] = {
    "stale": "An acceptance accepts nothing: what it names is not found, or not any more.",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of a computation with its place; `place` is None where the figure is not of the specification."""

    label: str
    amount: str
    field: str
    place: Location | None
    source: str


@dataclass(frozen=True, slots=True)
class Result:
    """A finding on an environment, with its place.

    `field` is where it is written in the file, `at` its path in the environment, which is how it is accepted.
    `over` is the acceptance that has ended, if that is why the finding counts again.
    """

    rule: str
    environment: str
    severity: Severity
    place: Location
    field: str
    at: str
    message: str
    remedy: str
    figures: tuple[Figure, ...]
    accepted: Acceptance | None = None
    over: Acceptance | None = None

    @property
    def is_error(self) -> bool:
        """Whether it stops a deploy: an error that nobody accepts."""
        return self.severity == "error" and self.accepted is None

    @property
    def problem(self) -> str:
        """What is wrong, and what to write."""
        ended = f" (it was accepted until {self.over.until})" if self.over else ""
        return f"{self.message}{ended}; {self.remedy}" if self.remedy else f"{self.message}{ended}"


def prove(
    spec: Spec,
    names: Iterable[str],
    on: Date | date,
    proofs: Mapping[str, AnyProof] | None = None,
    rendered: Callable[[Environment], ArtifactTree] = render,
) -> tuple[Result, ...]:
    """Run every proof on the environments called `names`, on a day; raises ProofError for a proof that breaks.

    `rendered` gives the tree of an environment. Pure but for loading what is installed, where `proofs` and `rendered`
    are not given.

    >>> spec = kkinfra.open_spec("spec/environments.yaml")
    >>> [result.rule for result in kkinfra.prove(spec, ["alpha"], datetime.date(2027, 3, 1)) if result.is_error]
    []
    """
    found = load_proofs() if proofs is None else proofs
    day = on if isinstance(on, Date) else Date.parse(on.isoformat())
    used: set[Steps] = set()
    names = tuple(names)
    results: list[Result] = []
    for name in names:
        judge = _Judge(spec, spec.environments[name], day, used)
        for rule, finding in _findings(spec, judge.environment, found, rendered(judge.environment)):
            results.append(judge.judged(rule, finding))
    return (*results, *_stale(spec, names, used, found))


def rules_of(proofs: Mapping[str, AnyProof]) -> dict[str, str]:
    """Every rule by its full name, and what it means."""
    told = {f"{name}/{rule}": text for name, proof in proofs.items() for rule, text in proof.rules.items()}
    return {**told, **{f"{ACCEPTED}/{rule}": text for rule, text in ACCEPTED_RULES.items()}}


def _findings(
    spec: Spec,
    environment: Environment,
    proofs: Mapping[str, AnyProof],
    tree: ArtifactTree,
) -> Iterator[tuple[str, Finding]]:
    first = next(iter(spec.environments.values()))
    for name, proof in proofs.items():
        try:
            found: list[Finding] = []
            if isinstance(proof, Proof):
                found += proof.prove(environment, tree)
            if isinstance(proof, ComparisonProof) and first is not environment:
                found += proof.compare(first, environment)
        except Exception as error:
            raise ProofError(f"the proof {name!r} broke on {environment.name}: {error!r}") from error
        for finding in found:
            if finding.rule not in proof.rules:
                raise ProofError(f"the proof {name!r} found {finding.rule!r}, which is not among its rules")
            yield f"{name}/{finding.rule}", finding


@dataclass(frozen=True, slots=True)
class _Judge:
    """Gives the findings on one environment their places; `used` gathers where what accepts them is written."""

    spec: Spec
    environment: Environment
    on: Date
    used: set[Steps]

    def judged(self, rule: str, finding: Finding) -> Result:
        place, field = self._place(self.environment.name, finding.at)
        accepted = self._acceptance(rule, finding)
        over = accepted if accepted and accepted.until and accepted.until < self.on else None
        return Result(
            rule, self.environment.name, finding.severity, place, field, dotted(finding.at),
            finding.message, finding.remedy, tuple(self._figure(row) for row in finding.rows),
            None if over else accepted, over,
        )  # fmt: skip

    def _acceptance(self, rule: str, finding: Finding) -> Acceptance | None:
        at = dotted(finding.at)
        found = self.environment.accepted.get(rule, {}).get(at) if finding.severity != "note" else None
        if found is not None:
            self.used.add(self.spec.where(self.environment.name, (ACCEPTED, rule, at))[1])
        return found

    def _figure(self, row: Row) -> Figure:
        if not row.at:
            return Figure(row.label, row.amount, "", None, row.source)
        place, field = self._place(row.environment or self.environment.name, row.at)
        return Figure(row.label, row.amount, field, place, row.source)

    def _place(self, name: str, path: Steps) -> tuple[Location, str]:
        """Where a value is written, or what is around it; and the field, below the layer that says it."""
        place, written_at, _ = self.spec.where(name, path)
        layer = written_at[:2] if written_at[:1] == ("environments",) else ()
        return place, dotted((*layer, *path))


def _stale(spec: Spec, names: tuple[str, ...], used: set[Steps], proofs: Mapping[str, AnyProof]) -> Iterator[Result]:
    """What accepts nothing in any environment that has it; told once, and only if all of those were proven."""
    heirs: dict[Steps, list[tuple[str, Steps]]] = {}
    for name, environment in spec.environments.items():
        for rule, fields in environment.accepted.items():
            for at in fields:
                path: Steps = (ACCEPTED, rule, at)
                heirs.setdefault(spec.where(name, path)[1], []).append((name, path))
    for written_at, found in heirs.items():
        if written_at not in used and all(name in names for name, _ in found):
            name, path = found[0]
            known = rules_of(proofs)
            meant = did_you_mean(str(path[1]), known) if path[1] not in known else ""
            yield Result(
                f"{ACCEPTED}/stale", name, "warning", spec.document.place(written_at, key=True), dotted(written_at),
                dotted(path), f"accepts nothing: there is no such finding{meant}", "take it out", (),
            )  # fmt: skip
