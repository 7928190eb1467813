"""The fidelity ledger as a document."""

from __future__ import annotations

import json

from kkinfra.rendering.fidelity import ReadBy, ledger
from kkinfra.rendering.installed import load_renderers
from kkinfra.rendering.renderer import Emulated, Fidelity, Refused

_INTRODUCTION = """\
# The fidelity ledger

For each field of the spec and each platform: **rendered**, **emulated** (the platform has no such thing; what
is done in its place), **refused** (writing it is an error, with its line and this reason), or **read** by a verb
instead of a renderer. Nothing is dropped. The table is made from the code by `kkinfra ledger`; the tests change every
field in turn, and fail where the output does not change and nothing is said here.

A part is named by its kind, a variant in brackets. An empty cell is a field of another platform.
`platform[compose].network` has one value only.

"""


def rows() -> dict[str, dict[str, dict[str, str]]]:
    """`{field: {platform: {status, note}}}`."""
    return {
        field: {name: _cell(each) for name, each in by_platform.items()}
        for field, by_platform in ledger(load_renderers())
    }


def as_json() -> str:
    """The rows as a document."""
    return json.dumps(rows(), indent=2) + "\n"


def as_markdown() -> str:
    """The page docs/fidelity.md: a table of all fields, with how one is emulated, or why it is refused."""
    fields = list(ledger(load_renderers()))
    platforms = sorted({name for _, by_platform in fields for name in by_platform})
    lines = [
        "| field | " + " | ".join(platforms) + " |",
        "| --- | " + " | ".join("---" for _ in platforms) + " |",
    ]
    for field, by_platform in fields:
        cells = [_text(by_platform[name]) if name in by_platform else "" for name in platforms]
        lines.append(f"| `{field}` | " + " | ".join(cells) + " |")
    return _INTRODUCTION + "\n".join(lines) + "\n"


def _cell(fidelity: Fidelity | ReadBy | None) -> dict[str, str]:
    if isinstance(fidelity, Refused):
        return {"status": "refused", "note": fidelity.why}
    if isinstance(fidelity, Emulated):
        return {"status": "emulated", "note": fidelity.how}
    if isinstance(fidelity, ReadBy):
        return {"status": "read", "note": f"by `kkinfra {fidelity.verb}`"}
    return {"status": "rendered", "note": ""}


def _text(fidelity: Fidelity | ReadBy | None) -> str:
    cell = _cell(fidelity)
    note = cell["note"].replace("|", "\\|")
    return f"**{cell['status']}**: {note}" if note else cell["status"]
