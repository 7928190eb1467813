"""Secrets, masked in logs of containers, answers of probes and errors of programs; or compared."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SHORTEST = 4


def mark(value: bytes, key: bytes) -> str:
    """What stands for a value: a keyed digest (HMAC-SHA-256), by which two sides compare it without telling it."""
    return hmac.new(key, value, "sha256").hexdigest()


def secret_texts(values: Iterable[str]) -> list[str]:
    """What is masked: every secret, every line of one, and both as JSON has them; longest first.

    Shorter ones than four characters stay, since words are made of them.
    """
    lines = {
        line.strip() for value in values for line in (value, *value.splitlines()) if len(line.strip()) >= _SHORTEST
    }
    escaped = {json.dumps(line)[1:-1] for line in lines}
    return sorted(lines | escaped, key=len, reverse=True)


def masking(values: Iterable[str]) -> Callable[[str], str]:
    """A function that puts `***` in the place of every secret, and of every line of one."""
    ordered = secret_texts(values)

    def masked(text: str) -> str:
        for each in ordered:
            text = text.replace(each, "***")
        return text

    return masked
