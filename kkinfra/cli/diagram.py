"""The verb `diagram`: a picture of an environment, or of all, as Mermaid or SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import format_of, hand_out
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.views.diagrams.graph import Diagram

_ENDINGS = {".svg": "svg", ".mmd": "mermaid", ".mermaid": "mermaid"}
_HINT = "; for PNG or PDF write an .svg, and convert it: `rsvg-convert whole.svg -o whole.png`, or any browser"


def run(options: Call) -> int:
    """Draw what `options` name; to standard output, or to a file; returns the exit code."""
    form = format_of(options, _ENDINGS, "mermaid", _HINT)
    spec = open_spec(options.spec)
    if options.environment:
        diagram = environment_diagram(resolve(spec, options.environment))
    else:
        diagram = whole_diagram(spec.project, list(spec.environments.values()))
    hand_out(options, _drawn(diagram, form))
    return 0


def _drawn(diagram: Diagram, form: str) -> str:
    if form == "svg":
        from kkinfra.views.diagrams.svg import as_svg

        return as_svg(diagram)
    from kkinfra.views.diagrams.mermaid import as_mermaid

    return as_mermaid(diagram)
