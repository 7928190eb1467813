"""What the proofs find in a specification that is given as text."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kkinfra.proving.installed import load_proofs
from kkinfra.proving.prove import prove
from kkinfra.rendering.installed import load_renderers
from kkinfra.rendering.pipeline import render
from kkinfra.spec.date import Date
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse

if TYPE_CHECKING:
    from kkinfra.proving.proof import AnyProof
    from kkinfra.proving.prove import Result

TODAY = Date("2026-12-01")
PROOFS, RENDERERS = load_proofs(), load_renderers()


def proven(text: str, *names: str, on: Date = TODAY, proofs: dict[str, AnyProof] | None = None) -> tuple[Result, ...]:
    """All results on some environments, or on all; what is accepted of proofs that are not run is not told as stale."""
    spec = resolve_document(parse(text, "f"), "f")
    run = PROOFS if proofs is None else proofs
    results = prove(spec, names or tuple(spec.environments), on, run, partial(render, renderers=RENDERERS))
    stale = {f"accepted.{name}/" for name in PROOFS.keys() - run.keys()}
    return tuple(each for each in results if not each.at.startswith(tuple(stale)))


def found(text: str, proof: str, *names: str) -> list[str]:
    """What one proof finds that is no note, as lines: rule, line of the file, field, and problem."""
    results = proven(text, *names, proofs={proof: PROOFS[proof]})
    return [
        f"{result.severity} {result.rule} {result.place.line} {result.field}: {result.problem}"
        for result in results
        if result.severity != "note" and not result.rule.startswith("accepted/")
    ]


def line_of(text: str, written: str) -> int:
    """The line on which something is written, once."""
    assert text.count(written) == 1, written
    return text.count("\n", 0, text.index(written)) + 1


def figures(results: tuple[Result, ...], rule: str) -> dict[str, str]:
    """The computation of the one result of a rule: amounts by label."""
    (result,) = [each for each in results if each.rule == rule]
    return {figure.label: figure.amount for figure in result.figures}
