"""Quantities and names that a specification holds, each a type of its own.

Every type parses one text form, compares, and prints for each platform. A text that is not of its
form raises ValueError with what is wrong and what to write; the loader adds the place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import total_ordering
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

_DECIMAL = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_BINARY = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_BYTES_PER = _DECIMAL | _BINARY
_KUBERNETES_SUFFIX = {"B": "", "kB": "k", "KB": "k", "MB": "M", "GB": "G", "TB": "T"} | {
    unit: unit[:-1] for unit in _BINARY
}
_SECONDS_PER = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Parsed:
    """A type that is written as text in the specification, and checked by its own `parse`."""

    PATTERN: ClassVar[str]
    EXAMPLES: ClassVar[tuple[str, ...]]
    TITLE: ClassVar[str]

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read the text form; raises ValueError with the remedy."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by `parse`, serialise by `str`, and describe as a string with a pattern."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.to_string_ser_schema(),
            metadata={"pydantic_js_functions": [lambda _schema, _handler: cls.json_schema()]},
        )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The draft-7 form of the text."""
        return {"type": "string", "pattern": cls.PATTERN, "title": cls.TITLE, "examples": list(cls.EXAMPLES)}


def shown(value: object) -> str:
    """A value as an error message repeats it: on one line, and never longer than 60 characters."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


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

    PATTERN: ClassVar[str] = r"^[1-9][0-9]{0,11}(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("256MB", "10GiB")
    TITLE: ClassVar[str] = "Size"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `256MB`, `256MiB`, `10GiB`; a bare number has no unit and is refused."""
        match = re.fullmatch(cls.PATTERN, text) if isinstance(text, str) else None
        if match is None or not isinstance(text, str) or text.endswith("\n"):
            raise ValueError(f"{shown(text)} is not a size; write 256MB (decimal) or 256MiB (binary)")
        unit = match.group(1)
        return cls(int(text[: -len(unit)]), unit)

    @property
    def bytes(self) -> int:
        """The number of bytes."""
        return self.amount * _BYTES_PER[self.unit]

    @property
    def kubernetes(self) -> str:
        """A Kubernetes quantity: `256M`, `256Mi`."""
        return f"{self.amount}{_KUBERNETES_SUFFIX[self.unit]}"

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

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `250m`, `1`, `1.5`, as text or as a number."""
        written = str(text) if isinstance(text, int | float) and not isinstance(text, bool) else text
        if isinstance(written, str) and re.fullmatch(cls.PATTERN, written) and not written.endswith("\n"):
            thousandths = int(written[:-1]) if written.endswith("m") else round(float(written) * 1000)
            if thousandths > 0:
                return cls(thousandths)
        raise ValueError(f"{shown(text)} is not an amount of CPU; write 250m (a quarter of one) or 1.5")

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

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a whole number followed by s, m, h or d."""
        if isinstance(text, str) and re.fullmatch(cls.PATTERN, text) and not text.endswith("\n"):
            return cls(int(text[:-1]), text[-1])
        raise ValueError(f"{shown(text)} is not a duration; write 30s, 10m, 12h or 7d")

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

    EXAMPLES: ClassVar[tuple[str, ...]] = ("8000",)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a whole number between 1 and 65535."""
        if isinstance(text, int) and not isinstance(text, bool) and 1 <= text <= 65535:
            return cls(text)
        raise ValueError(f"{shown(text)} is not a port; write a whole number from 1 to 65535, without quotes")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by `parse`, serialise as a number."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(int),
            metadata={"pydantic_js_functions": [lambda _schema, _handler: cls.json_schema()]},
        )

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number between the limits."""
        return {"type": "integer", "minimum": 1, "maximum": 65535, "title": "Port", "examples": [8000]}


class Name(str, Parsed):
    """Text of one restricted form; what it is called and how to write it are said by each subclass."""

    __slots__ = ()
    REMEDY: ClassVar[str]
    LONGEST: ClassVar[int] = 253

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read text that matches the pattern as a whole and is not longer than LONGEST."""
        if isinstance(text, str) and len(text) <= cls.LONGEST and re.fullmatch(cls.PATTERN, text):
            if not text.endswith("\n"):
                return cls(text)
        raise ValueError(f"{shown(text)} is not {cls.REMEDY}")


_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


class DnsLabel(Name):
    """A name that is a DNS label (RFC 1123), since it becomes an object's and a host's name."""

    PATTERN = rf"^{_LABEL}$"
    TITLE = "Name"
    EXAMPLES = ("webapp", "celery-worker")
    REMEDY = "a name; write lower-case letters, digits and dashes, at most 63, with a letter or digit at each end"
    LONGEST = 63


class DomainName(Name):
    """A fully qualified domain name (RFC 1035, RFC 1123), in lower case and without the last dot."""

    PATTERN = rf"^({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?$"
    TITLE = "Domain name"
    EXAMPLES = ("kkambbaki.singun11.wtf",)
    REMEDY = "a domain name; write it in lower case, as in app.example.org"


class HostName(Name):
    """A host: a domain name, a bare label or an IPv4 address."""

    PATTERN = rf"^({_LABEL}\.)*{_LABEL}$"
    TITLE = "Host"
    EXAMPLES = ("nas.example.org", "192.168.0.10")
    REMEDY = "a host; write a name such as nas.example.org, or an IPv4 address"


class VariableName(Name):
    """The name of an environment variable (POSIX.1-2017, 8.1)."""

    PATTERN = r"^[A-Z_][A-Z0-9_]*$"
    TITLE = "Variable name"
    EXAMPLES = ("DJANGO_SETTINGS_MODULE",)
    REMEDY = "a variable's name; write capital letters, digits and underscores, as in DJANGO_SECRET_KEY"
    LONGEST = 128


class ModulePath(Name):
    """A Python module, as in `config`, or an object in one, as in `config.asgi:application`."""

    PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(:[A-Za-z_][A-Za-z0-9_]*)?$"
    TITLE = "Python object"
    EXAMPLES = ("config.asgi:application",)
    REMEDY = "a Python object; write module.path or module.path:object"


class UrlPath(Name):
    """A path in a URL, from its leading slash; letters, digits and `._~/-` only."""

    PATTERN = r"^/([A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*$"
    TITLE = "URL path"
    EXAMPLES = ("/healthz/ready", "/static/")
    REMEDY = "a URL path; write it from its leading slash, as in /healthz/ready"


class FilePath(Name):
    """An absolute path without `..`; letters, digits and `._@/-` only."""

    PATTERN = r"^(/(?!\.\.?(/|$))[A-Za-z0-9._@-]+)+$"
    TITLE = "Absolute path"
    EXAMPLES = ("/srv/kkambbaki",)
    REMEDY = "an absolute path; write it from its leading slash, without '..', spaces or a slash at its end"


class RelativePath(Name):
    """A path below the repository, without `..`; letters, digits and `._@/-` only."""

    PATTERN = r"^(?!\.\.?(/|$))[A-Za-z0-9._@-]+(/(?!\.\.?(/|$))[A-Za-z0-9._@-]+)*$"
    TITLE = "Relative path"
    EXAMPLES = ("alpha",)
    REMEDY = "a relative path; write it without a leading slash, '..' or spaces"


class Version(Name):
    """A version of a program, as text: `15`, `7.4`, `1.22`."""

    PATTERN = r"^[0-9]+(\.[0-9]+){0,2}$"
    TITLE = "Version"
    EXAMPLES = ("15", "1.22")
    REMEDY = 'a version; write it in quotes, as in "15" or "1.22"'
    LONGEST = 20

    @property
    def major(self) -> int:
        """The first number."""
        return int(self.partition(".")[0])

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers, which compare as versions do."""
        return tuple(int(part) for part in self.split("."))


class Cidr(Name):
    """A network in CIDR notation (RFC 4632, RFC 4291), without host bits."""

    PATTERN = r"^[0-9a-f.:]+/[0-9]{1,3}$"
    TITLE = "Network"
    EXAMPLES = ("10.8.0.0/24",)
    REMEDY = "a network; write it as in 10.8.0.0/24"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a network; one with host bits set is refused with the network it would be."""
        from ipaddress import ip_network

        network = super().parse(text)
        try:
            strict = ip_network(network, strict=False)
        except ValueError:
            raise ValueError(f"{shown(text)} is not {cls.REMEDY}") from None
        if str(strict) != network:
            raise ValueError(f"{shown(text)} has host bits set; write {strict}")
        return network


class Email(Name):
    """An e-mail address, as the certificate authority takes it."""

    PATTERN = r"^[A-Za-z0-9._+-]+@([a-z0-9-]+\.)+[a-z]{2,}$"
    TITLE = "E-mail address"
    EXAMPLES = ("ops@singun11.wtf",)
    REMEDY = "an e-mail address; write it as in ops@example.org"


class GitUrl(Name):
    """The address of a Git repository, over HTTPS or SSH, without credentials."""

    PATTERN = r"^(https://[a-z0-9.-]+(:[0-9]+)?/|git@[a-z0-9.-]+:)[A-Za-z0-9._/-]+$"
    TITLE = "Git repository"
    EXAMPLES = ("https://github.com/singun11/kkambbaki-infra.git",)
    REMEDY = "a Git repository; write https://host/owner/name.git or git@host:owner/name.git, without credentials"


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
    EXAMPLES: ClassVar[tuple[str, ...]] = ("ghcr.io/singun11/kkambbaki:1.0.0", "redis:7.4")
    TITLE: ClassVar[str] = "Image"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a reference; a name in capital letters or without a repository is refused."""
        if isinstance(text, str) and len(text) <= 512 and not text.endswith("\n"):
            match = re.fullmatch(cls.PATTERN, text)
            if match:
                return cls(match["repository"], match["tag"] or "", match["digest"] or "")
        raise ValueError(f"{shown(text)} is not an image; write registry/owner/name:tag, in lower case")

    @property
    def registry(self) -> str:
        """The registry's host; Docker Hub's where none is written."""
        first, slash, _ = self.repository.partition("/")
        return first if slash and ("." in first or ":" in first) else "docker.io"

    def __str__(self) -> str:
        """The reference as it was written."""
        return self.repository + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema's regular expressions (ECMA 262) have no `(?P<name>)`."""
        return {**super(ImageReference, cls).json_schema(), "pattern": re.sub(r"\?P<[a-z]+>", "", cls.PATTERN)}


_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
_NICKNAMES = {"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *"}


@dataclass(frozen=True, slots=True)
class Schedule(Parsed):
    """When something runs: five fields of cron (POSIX crontab, with ranges and steps), or `@daily`."""

    text: str

    PATTERN: ClassVar[str] = r"^(@(hourly|daily|weekly|monthly)|[0-9*,/-]+( [0-9*,/-]+){4})$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("*/5 * * * *", "@daily")
    TITLE: ClassVar[str] = "Schedule"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read a schedule; each number must be in its field's range."""
        if not isinstance(text, str) or text.endswith("\n") or not re.fullmatch(cls.PATTERN, text):
            raise ValueError(f"{shown(text)} is not a schedule; write five fields of cron, as in '*/5 * * * *'")
        for (name, low, high), written in zip(_FIELDS, cls(text).fields, strict=True):
            for part in written.split(","):
                cls._check(name, low, high, part, text)
        return cls(text)

    @staticmethod
    def _check(name: str, low: int, high: int, part: str, text: str) -> None:
        match = re.fullmatch(r"(\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/([1-9]\d?))?", part)
        if match is None:
            raise ValueError(f"{shown(text)}: {part!r} is not a {name}; write a number, 1-5, */5 or *")
        numbers = [int(number) for number in match.group(2, 3) if number]
        if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
            raise ValueError(f"{shown(text)}: {part!r} is not a {name}; write numbers from {low} to {high}")

    @property
    def fields(self) -> tuple[str, ...]:
        """Minute, hour, day of month, month, day of week."""
        return tuple(_NICKNAMES.get(self.text, self.text).split(" "))

    def __str__(self) -> str:
        """The text form that was written."""
        return self.text
