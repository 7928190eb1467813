"""The verb `diagram`: a picture of an environment, or of all, as Mermaid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.diagrams.mermaid import as_mermaid
from kkinfra.errors import OutputError
from kkinfra.output import say
from kkinfra.pipeline import open_spec, resolve

if TYPE_CHECKING:
    import argparse


def draw_diagram(options: argparse.Namespace) -> int:
    """Draw what `options` name; to standard output, or to a file; returns the exit code."""
    spec = open_spec(options.spec)
    if options.environment:
        diagram = environment_diagram(resolve(spec, options.environment))
    else:
        diagram = whole_diagram(spec.project, list(spec.environments.values()))
    drawn = as_mermaid(diagram)
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
