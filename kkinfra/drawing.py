"""The verb `diagram`: a picture of an environment, or of all, as Mermaid or SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.output import hand_out
from kkinfra.pipeline import open_spec, resolve

if TYPE_CHECKING:
    import argparse

    from kkinfra.diagrams.graph import Diagram


def draw_diagram(options: argparse.Namespace) -> int:
    """Draw what `options` name; to standard output, or to a file; returns the exit code."""
    spec = open_spec(options.spec)
    if options.environment:
        diagram = environment_diagram(resolve(spec, options.environment))
    else:
        diagram = whole_diagram(spec.project, list(spec.environments.values()))
    drawn = _drawn(diagram, _format(options))
    hand_out(options, drawn)
    return 0


def _format(options: argparse.Namespace) -> str:
    """What was asked for, else by the file's ending."""
    by_ending = "svg" if (options.out or "").endswith(".svg") else "mermaid"
    return options.format or by_ending


def _drawn(diagram: Diagram, form: str) -> str:
    if form == "svg":
        from kkinfra.diagrams.svg import as_svg

        return as_svg(diagram)
    from kkinfra.diagrams.mermaid import as_mermaid

    return as_mermaid(diagram)
