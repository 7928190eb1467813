"""Errors of a spec and findings of proofs as SARIF 2.1.0 (OASIS), which GitHub's code scanning takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra import __version__
from kkinfra.system.project import source_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.errors import Issue, Location
    from kkinfra.proving.prove import Result

SPEC_RULE = "spec"
DOCUMENTATION = "docs/proofs.md"


def sarif(issues: Iterable[Issue], results: Iterable[Result], rules: Mapping[str, str]) -> dict[str, Any]:
    """One run; `rules` are those of the proofs, by full name. What is accepted is suppressed, with its reason."""
    described = [_rule(SPEC_RULE, "The specification is wrong."), *(_rule(name, text) for name, text in rules.items())]
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "kkinfra", "version": __version__, "rules": described}},
                "results": [*(_of_issue(issue) for issue in issues), *(_of_result(result) for result in results)],
            }
        ],
    }


def _rule(name: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": text.rstrip(".")},
        "help": {"text": f"{text} See {DOCUMENTATION}."},
    }


def _of_issue(issue: Issue) -> dict[str, Any]:
    text = f"{issue.field}: {issue.problem}" if issue.field else issue.problem
    return {
        "ruleId": SPEC_RULE,
        "level": "error",
        "message": {"text": text},
        "locations": [_location(issue.location)],
        "properties": {"field": issue.field, "message": issue.message, "remedy": issue.remedy},
    }


def _of_result(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "level": result.severity,
        "message": {"text": f"{result.environment}: {result.field}: {result.problem}"},
        "locations": [_location(result.place)],
    }
    related = [
        {"id": number, "message": {"text": f"{figure.label}: {figure.amount}"}, **_location(figure.place)}
        for number, figure in enumerate(result.figures)
        if figure.place
    ]
    if related:
        found["relatedLocations"] = related
    if result.accepted:
        until = f" (until {result.accepted.until})" if result.accepted.until else ""
        found["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": f"{result.accepted.reason}{until}"}
        ]
    return found


def _location(place: Location) -> dict[str, Any]:
    """A place in a file, whose path is that from the top of the project, wherever the user stands."""
    where: dict[str, Any] = {"artifactLocation": {"uri": source_name(place.file)}}
    if place.line:
        where["region"] = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": where}
