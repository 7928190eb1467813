"""Two environments of the real specification, or of it with something changed."""

from __future__ import annotations

from functools import cache

from kkinfra.document import parse
from kkinfra.spec import resolve_document
from real_spec import SOURCE, changed


@cache
def environments(old: str = "", new: str = ""):
    """Alpha and production, of the real specification with one text in place of another."""
    spec = resolve_document(parse(changed(old, new) if old else SOURCE, "f"), "f")
    return spec.environments["alpha"], spec.environments["production"]
