"""Amounts of memory and storage."""

from __future__ import annotations

import math
import re
from typing import Self

from kkinfra.spec.parsed import FormError, shown
from kkinfra.spec.quantity import Quantity, amount_in, wrong_sign

_DECIMAL = {"B": 1, "KB": 10**3, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_BINARY_SUFFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL_SUFFIXES = ("", "k", "M", "G", "T", "P", "E")


class Memory(Quantity):
    """An amount of memory or storage: `256MB` is 256,000,000 bytes, `256MiB` is 268,435,456.

    The unit that was written is kept, since Kubernetes tells `M` from `Mi`. Docker, Compose and
    Redis read `m` and `mb` as MiB, so for those the number of bytes is printed instead
    (https://pkg.go.dev/github.com/docker/go-units#RAMInBytes, redis.conf).
    """

    __slots__ = ()
    UNITS = _DECIMAL | _BINARY
    PATTERN = r"^([1-9][0-9]{0,11})(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
    EXAMPLES = ("256MB", "10GiB")
    TITLE = "Size"
    REMEDY = "write 256MB (decimal) or 256MiB (binary)"
    SPELLINGS = frozenset({"", "b", "k", "m", "g", "t", "ki", "mi", "gi", "ti", *map(str.lower, UNITS)})

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `256MB`, `256MiB`, `10GiB`; a bare number has no unit and is refused."""
        match = re.fullmatch(cls.PATTERN, text) if isinstance(text, str) else None
        if match is None:
            raise FormError(cls._problem(text), f"is not a size; {cls.REMEDY}")
        return cls(int(match[1]), match[2])

    @classmethod
    def _problem(cls, text: object) -> str:
        """What is wrong, with the number that is written there in the units that there are."""
        amount = amount_in(text)
        if amount is None or amount[1].lower() not in cls.SPELLINGS:
            return f"{shown(text)} {wrong_sign(text) or 'is not a size'}; {cls.REMEDY}"
        number, unit = amount
        if isinstance(text, str) and re.fullmatch(cls.PATTERN, f"{number}{unit}"):
            return f"{shown(text)} has a space in it; write {number}{unit}"
        cause = "has no exact unit" if unit else "has no unit"
        cause = "is not a whole number of its unit" if "." in number else cause
        written = [f"{_whole(float(number), each)} ({what})" for each, what in _exact(unit)]
        return f"{shown(text)} {cause}; write {' or '.join(written)}"

    @property
    def bytes(self) -> int:
        """The number of bytes."""
        return self.total

    @property
    def gibibytes(self) -> int:
        """Whole GiB, rounded up, as EBS and RDS count."""
        return -(-self.bytes // 2**30)

    @property
    def kubernetes(self) -> str:
        """A Kubernetes quantity in its canonical form, which the API server writes back: 1024MiB is `1Gi`.

        It has the largest suffix that leaves a whole number
        (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
        """
        step, suffixes = (1024, _BINARY_SUFFIXES) if self.unit in _BINARY else (1000, _DECIMAL_SUFFIXES)
        amount, at = self.bytes, 0
        while amount % step == 0 and at < len(suffixes) - 1:
            amount, at = amount // step, at + 1
        return f"{amount}{suffixes[at]}"


def _exact(unit: str) -> list[tuple[str, str]]:
    """The units that one in another spelling may mean, and of which kind each is."""
    letter = (unit[:1] or "M").upper()
    if letter == "B":
        return [("B", "bytes")]
    decimal = [] if "i" in unit.lower() else [(f"{letter}B", "decimal")]
    return [*decimal, (f"{letter}iB", "binary")]


def _whole(number: float, unit: str) -> str:
    """A size with a whole number, rounded up, in the next smaller unit if need be: 0.5 of a GiB is 512MiB."""
    units = list(_BINARY if unit in _BINARY else _DECIMAL)
    at = units.index(unit)
    step = 1024 if unit in _BINARY else 1000
    if number % 1 and at:
        number, at = number * step, at - 1
    return f"{math.ceil(round(number, 6))}{units[at]}"
