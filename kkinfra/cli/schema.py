"""The verb `schema`: the JSON Schema of the spec, for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from kkinfra.console.output import write_document
from kkinfra.spec.json_schema import spec_schema

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(_options: Call) -> int:
    """Print it; returns the exit code."""
    write_document(json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n")
    return 0
