"""Processor architectures, as Docker, Go and Kubernetes write them."""

from __future__ import annotations

import re
from typing import Any, Self

from kkinfra.spec.names import Name
from kkinfra.spec.parsed import Parsed, shown
from kkinfra.values.plain import is_list

ARCHITECTURES = ("amd64", "arm64")

_AS_LINUX_SAYS = {"x86_64": "amd64", "x86-64": "amd64", "x64": "amd64", "aarch64": "arm64", "armv8": "arm64"}
"""What `uname -m`, AWS and others call them."""

_GRAVITON = re.compile(r"[a-z]+[0-9]+g|a1\.|p6e-gb[0-9]+\.")
"""Families of EC2 with ARM processors: after the generation's digit, `g` is for Graviton. The two others that run Linux
are a1, which is older than the rule, and p6e-gb200 and its successors, which have NVIDIA's Grace.

https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
"""


class Architecture(Name):
    """The architecture of a processor."""

    PATTERN = rf"^({'|'.join(ARCHITECTURES)})$"
    TITLE = "Architecture"
    EXAMPLES = ARCHITECTURES

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `amd64` or `arm64`; raises ValueError, which says what to write for `x86_64` and `aarch64`."""
        if isinstance(text, str) and text in ARCHITECTURES:
            return cls(text)
        meant = _AS_LINUX_SAYS.get(text.lower()) if isinstance(text, str) else None
        if meant:
            raise ValueError(f"{shown(text)} is called {meant} here, as Docker and Kubernetes write it; write {meant}")
        raise ValueError(f"{shown(text)} is not an architecture; write {' or '.join(ARCHITECTURES)}")

    @property
    def platform(self) -> str:
        """The platform as Docker writes it: `linux/arm64`."""
        return f"linux/{self}"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A choice, which editors offer."""
        return {"type": "string", "enum": list(ARCHITECTURES), "title": cls.TITLE}


class Architectures(tuple[Architecture, ...], Parsed):
    """One architecture or several: `arm64`, `[amd64, arm64]`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read one or a list of them; raises ValueError where it is empty or names one twice."""
        written: list[Any] = [*text] if is_list(text) else [text]
        if not written or len(set(map(str, written))) != len(written):
            problem = "names one twice" if written else "is empty"
            raise ValueError(f"the list {problem}; write one architecture, or several as in [amd64, arm64]")
        return cls(Architecture.parse(each) for each in written)

    def __str__(self) -> str:
        """With a comma between them."""
        return ", ".join(self)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """One, or a list in which each is named once."""
        one = Architecture.json_schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}]}


AMD64, ARM64 = Architecture("amd64"), Architecture("arm64")


def of_instance_type(name: str) -> Architecture:
    """The architecture of an EC2 instance type, by its name."""
    return ARM64 if _GRAVITON.match(name) else AMD64
