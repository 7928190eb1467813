"""Secrets that are entries of a JSON object."""

from __future__ import annotations

import json
from typing import Any

from kkinfra.values.plain import is_mapping


def json_object(text: str) -> dict[str, Any] | None:
    """A JSON object, or None where the text is none; the error would carry the secret, so none is chained to it."""
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if is_mapping(found) else None
