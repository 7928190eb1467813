"""The verb `diagram`: a picture of an environment, or of all, as Mermaid or SVG."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.errors import OutputError
from kkinfra.output import say
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
    if not options.out:
        print(drawn, end="")  # noqa: T201 - the picture is the output, also with --quiet
        return 0
    try:
        Path(options.out).write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{options.out} cannot be written: {error.strerror}; name another FILE after --out"
        ) from error
    say(options, f"wrote {options.out}")
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
