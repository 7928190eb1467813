"""The verb `validate`: what is wrong with the spec, and what its proofs find, for people and for programs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kkinfra.console.output import emit, issue_document, place_document, say
from kkinfra.errors import SpecError
from kkinfra.proving.gate import today
from kkinfra.proving.installed import load_proofs
from kkinfra.proving.prove import prove, rules_of
from kkinfra.proving.text import finding_lines, once
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.spec.loading import require_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kkinfra.cli.call import Call
    from kkinfra.errors import Issue
    from kkinfra.proving.proof import AnyProof
    from kkinfra.proving.prove import Figure, Result


def run(options: Call) -> int:
    """Check the spec that `options` names, and prove its environments; returns the exit code."""
    issues: Sequence[Issue] = ()
    results: Sequence[Result] = ()
    environments: list[str] = []
    proofs = load_proofs()
    try:
        spec = open_spec(options.spec)
        environments = [resolve(spec, options.environment).name] if options.environment else list(spec.environments)
        require_outputs(spec, environments)
        results = prove(spec, environments, today(), proofs)
    except SpecError as error:
        if options.format == "text":
            raise
        issues = error.issues
    if options.format == "text":
        _show(options, environments, results, proofs)
    elif options.format == "json":
        emit(_json(options.spec, environments, issues, results, proofs))
    else:
        from kkinfra.proving.sarif import sarif

        emit(sarif(issues, results, rules_of(proofs)))
    return 1 if issues or any(result.is_error for result in results) else 0


def _show(
    options: Call,
    environments: list[str],
    results: Sequence[Result],
    proofs: Mapping[str, AnyProof],
) -> None:
    errors = [result for result in results if result.is_error]
    for line in finding_lines(errors if options.quiet else results, sys.stdout, everything=options.verbose):
        sys.stdout.write(f"{line}\n")
    warnings = [each for each in results if each.severity == "warning" and not each.accepted]
    accepted = [each for each in results if each.accepted]
    told = [_counted(len(proofs), "proof")]
    for found, what in ((errors, "error"), (warnings, "warning"), (accepted, "accepted finding")):
        told += [_counted(len(once(found)), what)] if found else []
    say(options, f"{options.spec}: {', '.join(environments)} {'not valid' if errors else 'valid'}; {', '.join(told)}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


def _json(
    spec: str,
    environments: list[str],
    issues: Sequence[Issue],
    results: Sequence[Result],
    proofs: Mapping[str, AnyProof],
) -> dict[str, Any]:
    return {
        "spec": spec,
        "environments": environments,
        "issues": [issue_document(issue) for issue in issues],
        "rules": rules_of(proofs),
        "findings": [_finding(result) for result in results],
    }


def _finding(result: Result) -> dict[str, Any]:
    accepted = result.accepted
    return {
        "rule": result.rule,
        "environment": result.environment,
        "severity": result.severity,
        **place_document(result.place),
        "field": result.field,
        "at": result.at,
        "message": result.message,
        "remedy": result.remedy,
        "figures": [_figure(figure) for figure in result.figures],
        "accepted": {"reason": accepted.reason, "until": str(accepted.until) if accepted.until else None}
        if accepted
        else None,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    place = place_document(figure.place) if figure.place else {}
    return {"label": figure.label, "amount": figure.amount, "field": figure.field, **place, "source": figure.source}
