"""Ports of the network."""

from __future__ import annotations

import re
from typing import Any, Self

from kkinfra.spec.parsed import FormError, Parsed, shown


class Port(int, Parsed):
    """A TCP port, 1 to 65535 (RFC 9293)."""

    LAST = 65535
    REMEDY = "write a whole number from 1 to 65535, without quotes"
    EXAMPLES = ("8000",)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a whole number between 1 and 65535."""
        if isinstance(text, int) and not isinstance(text, bool) and 1 <= text <= cls.LAST:
            return cls(text)
        raise FormError(cls._problem(text), f"is not a port; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        if isinstance(text, str) and re.fullmatch(r"[1-9][0-9]{0,4}", text) and int(text) <= cls.LAST:
            return f"{shown(text)} is text, not a number; write {text} without quotes"
        published = re.fullmatch(r"[0-9.:]*:([1-9][0-9]{0,4})(/tcp)?", text) if isinstance(text, str) else None
        if published:
            remedy = f"write the port it listens on: {published[1]}"
            return f"{shown(text)} is two ports, as Compose publishes them; {remedy}"
        return f"{shown(text)} is not a port; {cls.REMEDY}"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number between the limits."""
        return {"type": "integer", "minimum": 1, "maximum": 65535, "title": "Port", "examples": [8000]}
