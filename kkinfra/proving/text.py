"""Findings of proofs as lines for people: place and problem, then what was computed from which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from kkinfra.console.output import paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kkinfra.proving.prove import Figure, Result

_WIDEST_NUMBER = 24
_COLOURS = {"error": "red", "warning": "yellow", "note": "dim", "accepted": "dim"}


def finding_lines(results: Iterable[Result], stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """Each finding once, whichever environments have it; notes, and the figures of accepted ones, with `everything`."""
    for result, names in once(results):
        if result.severity == "note" and not everything:
            continue
        kind = "accepted" if result.accepted else result.severity
        among = "" if result.field.startswith("environments.") else f" (in {', '.join(names)})"
        head = f"{result.place} {paint(result.field, 'bold', stream)}" if result.field else str(result.place)
        said = result.message if result.accepted else result.problem
        yield f"{head}: {paint(kind, _COLOURS[kind], stream)}: {said}{among} [{result.rule}]"
        if result.accepted:
            until = f" (until {result.accepted.until})" if result.accepted.until else ""
            yield f"    because: {result.accepted.reason}{until}"
        if everything or not result.accepted:
            yield from _figure_lines(result.figures)


def once(results: Iterable[Result]) -> list[tuple[Result, list[str]]]:
    """Results that say the same of the same place, with the environments that they are of."""
    same: dict[tuple[object, ...], tuple[Result, list[str]]] = {}
    for result in results:
        key = (result.rule, result.place, result.problem, result.accepted)
        same.setdefault(key, (result, []))[1].append(result.environment)
    return list(same.values())


def _figure_lines(figures: Sequence[Figure]) -> Iterator[str]:
    label = max((len(figure.label) for figure in figures), default=0)
    amount = max((len(figure.amount) for figure in figures), default=0)
    for figure in figures:
        origin = f"{figure.place} {figure.field}" if figure.place else figure.source
        told = f"{figure.amount:>{amount}}" if amount <= _WIDEST_NUMBER else f"{figure.amount:{amount}}"
        yield f"    {figure.label:{label}}  {told}  {origin}".rstrip()
