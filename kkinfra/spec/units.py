"""Quantities that a specification holds, each a type of its own, and with them all its other units.

Every type parses one text form, compares, and prints for each platform. A text that is not of its
form raises ValueError with what is wrong and what to write; the loader adds the place.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic_core import core_schema

from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.names import (
    AwsAccount,
    Cidr,
    Directory,
    DnsLabel,
    DomainName,
    Email,
    FilePath,
    GitUrl,
    HostKey,
    HostName,
    HttpsUrl,
    ModuleObject,
    ModulePath,
    Name,
    RelativePath,
    UrlPath,
    VariableName,
    Version,
)  # fmt: skip
from kkinfra.spec.parsed import FormError, Parsed, shown
from kkinfra.spec.schedule import Schedule

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

__all__ = [
    "AwsAccount", "Cidr", "Cpu", "Directory", "DnsLabel", "DomainName", "Duration", "Email", "FilePath", "GitUrl",
    "HostKey", "HostName", "HttpsUrl",
    "ImageReference", "Memory", "ModuleObject", "ModulePath", "Name", "Parsed", "Port", "RelativePath", "Schedule",
    "UrlPath", "VariableName", "Version", "shown",
]  # fmt: skip

_DECIMAL = {"B": 1, "KB": 10**3, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_BYTES_PER = _DECIMAL | _BINARY
_SPELLINGS = frozenset({"", "b", "k", "m", "g", "t"} | {unit.lower() for unit in _BYTES_PER} | {"ki", "mi", "gi", "ti"})
_BINARY_SUFFIXES = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL_SUFFIXES = ("", "k", "M", "G", "T", "P", "E")
_SECONDS_PER = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST_MEANT = 40
_AMOUNT = re.compile(r"\s*(?P<number>[0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(?P<unit>[A-Za-z]*)\s*")


def _amount(written: object) -> tuple[str, str] | None:
    """Number and unit of what is written, in any spelling; None where there is no such number."""
    found = None if isinstance(written, bool) else _AMOUNT.fullmatch(str(written))
    return (found["number"], found["unit"]) if found and float(found["number"]) else None


def _sign(written: object) -> str:
    """What is wrong with an amount that is none; empty where it has no number, or a good one."""
    text = str(written).strip()
    if re.fullmatch(r"-[0-9.]+\s*[A-Za-z]*", text):
        return "is negative"
    return "is zero" if re.fullmatch(r"0+(\.0*)?\s*[A-Za-z]*", text) else ""


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Memory(Parsed):
    """An amount of memory or storage: `256MB` is 256,000,000 bytes, `256MiB` is 268,435,456.

    The unit that was written is kept, since Kubernetes tells `M` from `Mi`. Docker, Compose and
    Redis read `m` and `mb` as MiB, so for those the number of bytes is printed instead
    (https://pkg.go.dev/github.com/docker/go-units#RAMInBytes, redis.conf).
    """

    amount: int
    unit: str

    PATTERN: ClassVar[str] = r"^([1-9][0-9]{0,11})(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("256MB", "10GiB")
    TITLE: ClassVar[str] = "Size"
    REMEDY: ClassVar[str] = "write 256MB (decimal) or 256MiB (binary)"

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
        amount = _amount(text)
        if amount is None or amount[1].lower() not in _SPELLINGS:
            return f"{shown(text)} {_sign(text) or 'is not a size'}; {cls.REMEDY}"
        number, unit = amount
        if isinstance(text, str) and re.fullmatch(cls.PATTERN, f"{number}{unit}"):
            return f"{shown(text)} has a space in it; write {number}{unit}"
        cause = "has no exact unit" if unit else "has no unit"
        cause = "is not a whole number of its unit" if "." in number else cause
        written = [f"{cls._whole(float(number), each)} ({what})" for each, what in cls._exact(unit)]
        return f"{shown(text)} {cause}; write {' or '.join(written)}"

    @staticmethod
    def _exact(unit: str) -> list[tuple[str, str]]:
        """The units that one in another spelling may mean, and of which kind each is."""
        letter = (unit[:1] or "M").upper()
        if letter == "B":
            return [("B", "bytes")]
        decimal = [] if "i" in unit.lower() else [(f"{letter}B", "decimal")]
        return [*decimal, (f"{letter}iB", "binary")]

    @classmethod
    def _whole(cls, number: float, unit: str) -> str:
        """A size with a whole number, rounded up, in the next smaller unit if need be: 0.5 of a GiB is 512MiB."""
        units = list(_BINARY if unit in _BINARY else _DECIMAL)
        at = units.index(unit)
        step = 1024 if unit in _BINARY else 1000
        if number % 1 and at:
            number, at = number * step, at - 1
        return f"{math.ceil(round(number, 6))}{units[at]}"

    @property
    def bytes(self) -> int:
        """The number of bytes."""
        return self.amount * _BYTES_PER[self.unit]

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

    def __str__(self) -> str:
        """The text form that was written."""
        return f"{self.amount}{self.unit}"

    def __eq__(self, other: object) -> bool:
        """Equal in bytes: 1000MB equals 1GB."""
        return isinstance(other, Memory) and self.bytes == other.bytes

    def __lt__(self, other: Memory) -> bool:
        """Ordered by bytes."""
        return self.bytes < other.bytes

    def __hash__(self) -> int:
        """By bytes, as equality is."""
        return hash(self.bytes)


@dataclass(frozen=True, slots=True, order=True)
class Cpu(Parsed):
    """A share of processors, in thousandths of one: `250m` is a quarter, `1.5` is one and a half."""

    millicores: int

    PATTERN: ClassVar[str] = r"^([1-9][0-9]{0,5}m|(0|[1-9][0-9]{0,2})(\.[0-9]{1,3})?)$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("250m", "1.5")
    TITLE: ClassVar[str] = "Processors"
    MOST: ClassVar[int] = 999
    REMEDY: ClassVar[str] = "write 250m (a quarter of one) or 1.5"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `250m`, `1`, `1.5`, as text or as a number."""
        written = str(text) if isinstance(text, int | float) and not isinstance(text, bool) else text
        if isinstance(written, str) and re.fullmatch(cls.PATTERN, written):
            thousandths = int(written[:-1]) if written.endswith("m") else round(float(written) * 1000)
            if thousandths > 0:
                return cls(thousandths)
        raise FormError(cls._problem(text), f"is not an amount of CPU; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        amount = _amount(text)
        if amount is None:
            return f"{shown(text)} {_sign(text) or 'is not an amount of CPU'}; {cls.REMEDY}"
        number, unit = amount
        if not unit and float(number) > cls.MOST:
            return (
                f"{shown(text)} is more than {cls.MOST} processors; write {int(float(number))}m for thousandths of one"
            )
        if unit == "m" and float(number) % 1 == 0 and isinstance(text, str) and text != f"{number}m":
            return f"{shown(text)} has a space in it; write {number}m"
        if unit.lower().rstrip("s") in ("c", "cpu", "core", "vcpu"):
            return f"{shown(text)} has a unit; write the number alone, as in {number}"
        return f"{shown(text)} is not an amount of CPU; {cls.REMEDY}"

    @property
    def kubernetes(self) -> str:
        """A Kubernetes quantity in its canonical form: `250m`, `2`."""
        return f"{self.millicores}m" if self.millicores % 1000 else str(self.millicores // 1000)

    @property
    def cores(self) -> float:
        """The number of processors, as Compose's `cpus` takes it."""
        return self.millicores / 1000

    def __str__(self) -> str:
        """As Kubernetes writes it."""
        return self.kubernetes

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A string with a unit, or a plain number."""
        return {"anyOf": [{**super(Cpu, cls).json_schema()}, {"type": "number", "exclusiveMinimum": 0}]}


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Duration(Parsed):
    """A length of time: `30s`, `10m`, `12h`, `7d`."""

    amount: int
    unit: str

    PATTERN: ClassVar[str] = r"^[1-9][0-9]{0,6}[smhd]$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("30s", "10m")
    TITLE: ClassVar[str] = "Duration"
    REMEDY: ClassVar[str] = "write 30s, 10m, 12h or 7d"
    SPELLINGS: ClassVar[dict[str, tuple[str, ...]]] = {
        "s": ("s", "sec", "secs", "second", "seconds"), "m": ("m", "min", "mins", "minute", "minutes"),
        "h": ("h", "hr", "hrs", "hour", "hours"), "d": ("d", "day", "days"), "w": ("w", "week", "weeks"),
    }  # fmt: skip

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a whole number followed by s, m, h or d."""
        if isinstance(text, str) and re.fullmatch(cls.PATTERN, text):
            return cls(int(text[:-1]), text[-1])
        raise FormError(cls._problem(text), f"is not a duration; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        meant = cls._meant(text) if isinstance(text, str) and len(text) <= _LONGEST_MEANT else ""
        if meant:
            return f"{shown(text)} is not a duration; write {meant}"
        amount = _amount(text)
        if amount is None:
            return f"{shown(text)} {_sign(text) or 'is not a duration'}; {cls.REMEDY}"
        number, unit = amount
        if not unit and "." not in number:
            return f"{shown(text)} has no unit; write {number}s (seconds), {number}m (minutes) or {number}h (hours)"
        return f"{shown(text)} is not a duration; {cls.REMEDY}"

    @classmethod
    def _meant(cls, written: str) -> str:
        """A duration in other words, `1h30m` or `5 min`, as one number; empty where it is none in whole seconds."""
        parts = re.findall(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) *([A-Za-z]+) *", written)
        units = [
            next((unit for unit, names in cls.SPELLINGS.items() if name.lower() in names), "") for _, name in parts
        ]
        seconds = sum(
            float(number) * _SECONDS_PER.get(unit, 7 * 86400) for (number, _), unit in zip(parts, units, strict=True)
        )
        if not parts or "" in units or "".join(f"{number}{name}" for number, name in parts) != written.replace(" ", ""):
            return ""
        unit = next((each for each in ("d", "h", "m", "s") if seconds and seconds % _SECONDS_PER[each] == 0), "")
        return f"{int(seconds / _SECONDS_PER[unit])}{unit}" if unit else ""

    @property
    def seconds(self) -> int:
        """The number of seconds."""
        return self.amount * _SECONDS_PER[self.unit]

    def __str__(self) -> str:
        """The text form that was written."""
        return f"{self.amount}{self.unit}"

    def __eq__(self, other: object) -> bool:
        """Equal in seconds."""
        return isinstance(other, Duration) and self.seconds == other.seconds

    def __lt__(self, other: Duration) -> bool:
        """Ordered by seconds."""
        return self.seconds < other.seconds

    def __hash__(self) -> int:
        """By seconds, as equality is."""
        return hash(self.seconds)


class Port(int, Parsed):
    """A TCP port, 1 to 65535 (RFC 9293)."""

    LAST: ClassVar[int] = 65535
    REMEDY: ClassVar[str] = "write a whole number from 1 to 65535, without quotes"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("8000",)

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
            return (
                f"{shown(text)} is two ports, as Compose publishes them; write the port it listens on: {published[1]}"
            )
        return f"{shown(text)} is not a port; {cls.REMEDY}"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by `parse`, serialise as a number."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(int),
            metadata={"pydantic_js_functions": [cls._describe]},
        )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number between the limits."""
        return {"type": "integer", "minimum": 1, "maximum": 65535, "title": "Port", "examples": [8000]}
