"""The fidelity ledger as a document."""

from __future__ import annotations

import json

from kkinfra.fidelity import ledger
from kkinfra.plugins import load_renderers
from kkinfra.renderer import Emulated, Fidelity, Refused


def as_json() -> str:
    """`{field: {platform: {status, note}}}`."""
    rows = {
        field: {name: _cell(each) for name, each in by_platform.items()}
        for field, by_platform in ledger(load_renderers())
    }
    return json.dumps(rows, indent=2) + "\n"


def as_markdown() -> str:
    """A table of all fields; the notes say how a field is emulated, or why it is refused."""
    rows = list(ledger(load_renderers()))
    platforms = sorted({name for _, by_platform in rows for name in by_platform})
    lines = [
        "| field | " + " | ".join(platforms) + " |",
        "| --- | " + " | ".join("---" for _ in platforms) + " |",
    ]
    for field, by_platform in rows:
        cells = [_text(by_platform[name]) if name in by_platform else "" for name in platforms]
        lines.append(f"| `{field}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _cell(fidelity: Fidelity | None) -> dict[str, str]:
    if isinstance(fidelity, Refused):
        return {"status": "refused", "note": fidelity.why}
    if isinstance(fidelity, Emulated):
        return {"status": "emulated", "note": fidelity.how}
    return {"status": "rendered", "note": ""}


def _text(fidelity: Fidelity | None) -> str:
    cell = _cell(fidelity)
    note = cell["note"].replace("|", "\\|")
    return f"**{cell['status']}**: {note}" if note else cell["status"]
