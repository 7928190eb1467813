"""The verb `validate`: everything that is wrong with the spec, for people, programs and code scanning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra import __version__
from kkinfra.errors import SpecError
from kkinfra.output import emit, say
from kkinfra.pipeline import open_spec, resolve

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kkinfra.errors import Issue


def validate(options: argparse.Namespace) -> int:
    """Check the spec that `options` names; returns the exit code."""
    issues: Sequence[Issue] = ()
    environments: list[str] = []
    try:
        spec = open_spec(options.spec)
        environments = [resolve(spec, options.environment).name] if options.environment else list(spec.environments)
    except SpecError as error:
        if options.format == "text":
            raise
        issues = error.issues
    if options.format == "text":
        say(options, f"{options.spec}: {', '.join(environments)} valid")
    else:
        document = _sarif(issues) if options.format == "sarif" else _json(options.spec, environments, issues)
        emit(document)
    return 1 if issues else 0


def _json(spec: str, environments: list[str], issues: Sequence[Issue]) -> dict[str, Any]:
    return {
        "spec": spec,
        "environments": environments,
        "issues": [
            {
                "file": issue.location.file,
                "line": issue.location.line,
                "column": issue.location.column,
                "field": issue.field,
                "problem": issue.problem,
            }
            for issue in issues
        ],
    }


def _sarif(issues: Sequence[Issue]) -> dict[str, Any]:
    """SARIF 2.1.0 (OASIS), as GitHub's code scanning takes it."""
    return {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "kkinfra",
                        "version": __version__,
                        "rules": [{"id": "spec", "shortDescription": {"text": "The specification is wrong"}}],
                    }
                },
                "results": [_result(issue) for issue in issues],
            }
        ],
    }


def _result(issue: Issue) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": issue.location.file.replace("\\", "/")}}
    if issue.location.line:
        place["region"] = {"startLine": issue.location.line, "startColumn": issue.location.column}
    return {
        "ruleId": "spec",
        "level": "error",
        "message": {"text": f"{issue.field}: {issue.problem}" if issue.field else issue.problem},
        "locations": [{"physicalLocation": place}],
    }
