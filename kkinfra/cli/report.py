"""The verb `report`: one HTML page of everything that kkinfra knows of a specification."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.console.output import format_of, hand_out
from kkinfra.errors import KkinfraError
from kkinfra.proving.gate import today
from kkinfra.rendering.ledger import rows
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.spec.date import Date
from kkinfra.spec.loading import require_outputs
from kkinfra.views.comparison import Catalogue
from kkinfra.views.report.contents import comparisons, counted, findings, pictures, reachable
from kkinfra.views.report.given import GivenDifference, read_difference
from kkinfra.views.report.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.cli.call import Call
    from kkinfra.spec.loading import Spec

_ENDINGS = {".html": "html", ".htm": "html"}


def run(options: Call) -> int:
    """Write the page to a file or to standard output; returns the exit code."""
    format_of(options, _ENDINGS, "html", "; for PDF print the page from a browser")
    day = _day(options.date) if options.date else today()
    differences = list(_differences(options.difference))
    spec = open_spec(options.spec)
    require_outputs(spec, list(spec.environments))
    hand_out(options, page(_contents(options, spec, day, differences)))
    return 0


def _contents(options: Call, spec: Spec, day: Date, differences: list[GivenDifference]) -> dict[str, Any]:
    """Acceptances end on a day, so findings are those of a day."""
    words = Catalogue.load(options.lang, "kkinfra.views.report")
    found = findings(spec, day)
    ledger = rows()
    environments = spec.environments.values()
    return {
        "word": words.word, "language": options.lang, "date": options.date,
        "project": spec.project, "source": spec.source, "environments": list(environments),
        "counts": {name: counted(found, name) for name in spec.environments},
        "pictures": list(pictures(spec, words.word("picture.whole"))),
        "comparisons": list(comparisons(spec, Catalogue.load(options.lang), day)),
        "findings": found,
        "exposures": [reachable(environment, render(environment)) for environment in environments],
        "ledger": ledger, "platforms": sorted({platform for cells in ledger.values() for platform in cells}),
        "differences": differences,
    }  # fmt: skip


def _day(text: str) -> Date:
    try:
        return Date.parse(text)
    except ValueError as error:
        raise KkinfraError(f"--date: {error}") from error


def _differences(files: list[str]) -> Iterator[GivenDifference]:
    """Each file; `-` is standard input."""
    for file in files:
        try:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        except OSError as error:
            raise KkinfraError(
                f"{file} cannot be read: {error.strerror}; name another FILE after --difference"
            ) from error
        yield read_difference(text, file)
