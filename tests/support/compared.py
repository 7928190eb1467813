"""Two environments of the real specification, or of it with something changed."""

from __future__ import annotations

from functools import cache

from kkinfra.spec.acceptance import Acceptance
from kkinfra.spec.date import Date
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from real_spec import SOURCE, changed

TODAY = Date("2026-12-01")


@cache
def environments(old: str = "", new: str = ""):
    """Alpha and production, of the real specification with one text in place of another."""
    spec = resolve_document(parse(changed(old, new) if old else SOURCE, "f"), "f")
    return spec.environments["alpha"], spec.environments["production"]


def declaring(environment, **reasons):
    """An environment that accepts differences of parity and nothing else: by aspect, a reason for each field."""
    accepted = {
        f"parity/{aspect}": {field: Acceptance(reason=reason) for field, reason in fields.items()}
        for aspect, fields in reasons.items()
    }
    return environment.model_copy(update={"accepted": accepted})
