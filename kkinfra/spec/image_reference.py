"""References to container images."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kkinfra.spec.parsed import FormError, Parsed, shown
from kkinfra.values.wrong_text import fault


@dataclass(frozen=True, slots=True)
class ImageReference(Parsed):
    """A container image: `[registry/]repository[:tag][@sha256:digest]` (distribution/reference)."""

    repository: str
    tag: str = ""
    digest: str = ""

    PATTERN: ClassVar[str] = (
        r"^(?P<repository>([a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?/)?"
        r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*)"
        r"(:(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
    )
    LONGEST: ClassVar[int] = 512
    LONGEST_FIXED: ClassVar[int] = 120
    EXAMPLES: ClassVar[tuple[str, ...]] = ("ghcr.io/example/shop:1.0.0", "redis:7.4")
    TITLE: ClassVar[str] = "Image"
    REMEDY: ClassVar[str] = "write registry/owner/name:tag, in lower case"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a reference; a name in capital letters or without a repository is refused."""
        if isinstance(text, str) and len(text) <= cls.LONGEST:
            match = re.fullmatch(cls.PATTERN, text)
            if match:
                return cls(match["repository"], match["tag"] or "", match["digest"] or "")
        raise FormError(cls._problem(text), f"is not an image; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        if not isinstance(text, str) or len(text) > cls.LONGEST:
            return f"{shown(text)} is not an image; {cls.REMEDY}"
        name, colon, tag = re.sub(r"^[a-z]+://", "", text.strip()).rpartition(":")
        fixed = f"{name.lower()}{colon}{tag}" if name and "/" not in tag else f"{name}{colon}{tag}".lower()
        if fixed != text and len(fixed) <= cls.LONGEST_FIXED and re.fullmatch(cls.PATTERN, fixed):
            cause = "holds capital letters" if text == text.strip() else "begins or ends with a space"
            cause = f"holds {text[: text.index('://') + 3]}" if "://" in text else cause
            return f"{shown(text)} is not an image: it {cause}; write {fixed}"
        if "@" in text:
            return f"{shown(text)} is not an image; write the digest as @sha256: and 64 hexadecimal digits"
        cause = fault(text, lambda each: re.fullmatch(cls.PATTERN, each) is not None)[0]
        return f"{shown(text)} is not an image{f': {cause}' if cause else ''}; {cls.REMEDY}"

    @property
    def registry(self) -> str:
        """The registry's host; Docker Hub's where none is written."""
        first, slash, _ = self.repository.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else "docker.io"

    def __str__(self) -> str:
        """The reference as it was written."""
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema's regular expressions (ECMA 262) have no `(?P<name>)`."""
        return {**super(ImageReference, cls).json_schema(), "pattern": re.sub(r"\?P<[a-z]+>", "", cls.PATTERN)}
