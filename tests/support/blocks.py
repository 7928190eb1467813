"""The blocks of code in the documentation: pages, fences, and what they are called."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, NamedTuple

import pytest

from checkout import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One block, and where it begins."""

    page: str
    line: int
    language: str
    text: str


def blocks_of(page: str, text: str) -> Iterator[Block]:
    """The blocks of one page."""
    for found in _BLOCK.finditer(text):
        line = text[: found.start("language")].count("\n") + 1
        yield Block(page, line, found["language"], textwrap.dedent(found["text"]))


ALL = [block for page in PAGES for block in blocks_of(page.name, page.read_text(encoding="utf-8"))]


def blocks(*languages: str) -> Iterator[object]:
    """The blocks in some languages, as parameters of a test."""
    for block in ALL:
        if block.language in languages:
            yield pytest.param(block, id=f"{block.page}:{block.line}")
