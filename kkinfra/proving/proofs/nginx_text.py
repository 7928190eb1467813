"""Reading an Nginx configuration: directives with their arguments, and the blocks that they open."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.rendering.artifacts import ArtifactTree

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([;{}])|((?:[^\s;{}"'#]|#(?!\s))[^\s;{}]*))"""
)


@dataclass(frozen=True, slots=True)
class ParsedDirective:
    """`name arguments;`, or `name arguments { block }`."""

    name: str
    arguments: tuple[str, ...] = ()
    block: tuple[ParsedDirective, ...] = ()

    def all(self, *names: str) -> list[ParsedDirective]:
        """The directives of some names in its block, in their order."""
        return [each for each in self.block if each.name in names]


def http_blocks(tree: ArtifactTree) -> Iterator[ParsedDirective]:
    """The `http` of each configuration that is rendered below nginx/."""
    for artifact in tree:
        if artifact.path.startswith("nginx/") and artifact.path.endswith(".conf"):
            yield from read(artifact.content).all("http")


@lru_cache(maxsize=64)
def read(text: str) -> ParsedDirective:
    """A configuration as a block without a name (https://nginx.org/en/docs/beginners_guide.html#conf_structure).

    Raises ValueError where braces do not match or a directive has no end.
    """
    open_blocks: list[tuple[tuple[str, ...], list[ParsedDirective]]] = [((), [])]
    words: list[str] = []
    for match in _TOKEN.finditer(text.rstrip()):
        quoted, mark, word = match.groups()
        if mark == ";":
            open_blocks[-1][1].append(ParsedDirective(words[0], tuple(words[1:])))
            words = []
        elif mark == "{":
            open_blocks.append((tuple(words), []))
            words = []
        elif mark == "}":
            (name, *arguments), inner = open_blocks.pop()
            open_blocks[-1][1].append(ParsedDirective(name, tuple(arguments), tuple(inner)))
        elif quoted or word:
            words.append(re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else word)
    if len(open_blocks) != 1 or words:
        raise ValueError("is no configuration of Nginx: a block or a directive has no end")
    return ParsedDirective("", (), tuple(open_blocks[0][1]))
