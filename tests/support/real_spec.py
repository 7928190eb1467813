"""The real specification, changed, and what is then wrong with it."""

from __future__ import annotations

import re

import pytest

from checkout import SPEC_FILE
from kkinfra.errors import Location, SpecError
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse

SOURCE = SPEC_FILE.read_text(encoding="utf-8")
ACCEPTING_NOTHING = re.sub(r"^    accepted:.*\n(?:      .*\n)*", "", SOURCE, flags=re.MULTILINE)
MARK = "\N{SECTION SIGN}"


def changed(old: str, new: str, source: str = SOURCE) -> str:
    assert source.count(old) == 1, old
    return source.replace(old, new)


def errors(text: str) -> list[str]:
    with pytest.raises(SpecError) as raised:
        resolve_document(parse(text, "f"), "f")
    assert raised.value.source == text
    return [str(issue) for issue in raised.value.issues]


def marked(text: str) -> tuple[str, Location]:
    """The text without the mark, and the place where the mark was."""
    at = text.index(MARK)
    line = text.count("\n", 0, at) + 1
    return text.replace(MARK, ""), Location("f", line, at - text.rfind("\n", 0, at))
