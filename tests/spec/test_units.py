"""Units: what they read, how they compare, what they print, and what they refuse."""

import re
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.spec.addresses import Cidr, DomainName, Email, GitUrl, HostName
from kkinfra.spec.cpu import Cpu
from kkinfra.spec.duration import Duration
from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.memory import Memory
from kkinfra.spec.names import AwsAccount, DnsLabel, ModuleObject, ModulePath, Name, VariableName, Version
from kkinfra.spec.parsed import Parsed
from kkinfra.spec.paths import Directory, FilePath, RelativePath, UrlPath
from kkinfra.spec.port import Port
from kkinfra.spec.schedule import Schedule

profile = settings(max_examples=40)

NAMES: list[type[Name]] = [
    AwsAccount,
    Cidr,
    Directory,
    DnsLabel,
    DomainName,
    Email,
    FilePath,
    GitUrl,
    HostName,
    ModuleObject,
    ModulePath,
    RelativePath,
    UrlPath,
    VariableName,
    Version,
]
TYPES: list[type[Parsed]] = [*NAMES, Cpu, Duration, ImageReference, Memory, Port, Schedule]

GOOD: dict[type[Parsed], list[Any]] = {
    AwsAccount: ["123456789012", "000000000001"],
    Cidr: ["10.8.0.0/24", "0.0.0.0/0", "192.168.1.1/32", "2001:db8::/32"],
    Directory: [".", "app", ".github/x", "a/b"],
    DnsLabel: ["a", "celery-worker", "a1", "1a", "x" * 63],
    DomainName: ["alpha.singun11.wtf", "a.b", "xn--bcher-kva.example"],
    Email: ["ops@example.org", "a.b+c@x.yz"],
    FilePath: ["/srv/kkambbaki", "/a/.b/c-d_e@f"],
    GitUrl: ["https://git.example.org/kkambbaki-infra.git", "git@github.com:a/b.git", "https://h:8443/x"],
    HostName: ["nas", "nas.example.org", "192.168.0.10"],
    ModuleObject: ["config.asgi:application", "_a.b2:c"],
    ModulePath: ["config", "config.asgi:application", "_a.b2"],
    RelativePath: ["alpha", "clusters/alpha", ".github/x", "a..b"],
    UrlPath: ["/", "/static/", "/healthz/ready", "/a..b/~c"],
    VariableName: ["A", "_A", "DJANGO_SECRET_KEY", "A1"],
    Version: ["15", "1.22", "7.4.1"],
    Cpu: ["250m", "1", "1.5", "0.001", "0.1", 2, 0.5],
    Duration: ["30s", "10m", "12h", "7d"],
    ImageReference: [
        "redis",
        "redis:7.4",
        "ghcr.io/o/n:1.0.0",
        "localhost:5000/a/b",
        "a/b@sha256:" + "0" * 64,
        "r.io/a__b/c-d:T@sha256:" + "f" * 64,
    ],
    Memory: ["256MB", "256MiB", "10GiB", "1B", "1kB", "1KB", "1TiB"],
    Port: [1, 80, 65535],
    Schedule: ["* * * * *", "*/5 0-6,22 1,15 1-12/2 0-6", "@daily", "59 23 31 12 6"],
}
BAD: dict[type[Parsed], list[Any]] = {
    AwsAccount: ["", "12345678901", "1234567890123", "1234-5678-9012", 123456789012, "12345678901x"],
    Cidr: [
        "10.8.0.1/24",
        "10.8.0.0",
        "10.8.0.0/33",
        "10.8.0/24",
        "2001:DB8::/32",
        "2001:db8:0::/32",
        "10.8.0.0/024",
        "x/1",
    ],
    DnsLabel: ["", "-a", "a-", "A", "a_b", "a.b", "x" * 64, "가"],
    DomainName: [
        "localhost",
        "a.",
        ".a",
        "A.b",
        "a..b",
        "a.1",
        "-a.b",
        "x" * 64 + ".a",
        "a.b" * 200,
        "http://a.b",
        "a.b:80",
        "*.a.b",
    ],
    Directory: ["", "/", "/a", "a/", "..", "./", "./a", "a/..", "-a", "a b"],
    Email: ["a", "@b.cd", "a@b", "a b@c.de", "a@b.c"],
    FilePath: ["", "/", "a", "/a/", "//a", "/a/../b", "/..", "/./a", "/a b"],
    GitUrl: ["http://a/b", "https://u:p@a/b", "ssh://a/b", "git@a", "https://a", "https://a/b?c"],
    HostName: ["", "-a", "a_b", "a.", "a:80", "A"],
    ModuleObject: ["config", "a:", ":a", "a:b:c", "a:b.c"],
    ModulePath: ["", "a.", ".a", "a-b", "a:b:c", "1a", "a:"],
    RelativePath: ["", "/a", "a/", "../a", "a/../b", ".", "a//b", "-rf", "a b"],
    UrlPath: ["", "a", "//", "/a//b", "/a/../b", "/..", "/./", "/a?b", "/a#b", "/a b", "/%2e", "/a;b"],
    VariableName: ["", "a", "1A", "A-B", "A=", "A B", "A" * 129],
    Version: ["", "v1", "1.", "1.2.3.4", "latest", 15, 1.22],
    Cpu: ["0", "0m", "-1", "1.2345", "1 m", "m", "1000", 0, -1, True, "1e3", float("inf"), float("nan")],
    Duration: ["30", "0s", "1.5h", "s", "30S", "1w", "-1s", "30 s", 30],
    ImageReference: ["", "Redis", "a/", ":1", "a:", "a@sha256:ab", "a b", "a//b", "http://a/b", "a:b:c", "x" * 600],
    Memory: [
        "256",
        "256M",
        "256Mi",
        "256mb",
        "0MB",
        "1.5GB",
        "-1MB",
        "256 MB",
        "256QB",
        256,
        "MB",
        "99999999999999999MB",
    ],
    Port: [0, 65536, -1, True, "80", 80.0, None],
    Schedule: [
        "",
        "* * * *",
        "* * * * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 7",
        "5-1 * * * *",
        "*/0 * * * *",
        ", * * * *",
        "@yearly",
        "* * * * MON",
        "*  * * * *",
    ],
}
INJECTIONS = [
    "\n",
    "\r",
    "\0",
    "\t",
    " ",
    '"',
    "'",
    ";",
    "`id`",
    "$(id)",
    "${X}",
    "{{ x }}",
    "{% x %}",
    "|",
    "&",
    "<",
    ">",
    "\\",
    "\u2028",
    "#",
    "\u202e",
    "\x1b",
]

pairs = [pytest.param(kind, text, id=f"{kind.__name__}-{text!r}"[:60]) for kind in TYPES for text in GOOD[kind]]
refused = [pytest.param(kind, text, id=f"{kind.__name__}-{text!r}"[:60]) for kind in TYPES for text in BAD[kind]]


def read_or_refused(kind: type[Parsed], text: Any) -> Parsed | None:
    try:
        return kind.parse(text)
    except ValueError as error:
        if is_remedy(str(error)):
            return None
        raise


def is_remedy(message: str) -> bool:
    return "; write " in message and message.isprintable() and len(message) < 300


@pytest.mark.parametrize(("kind", "text"), pairs)
def test_good_text_is_read_and_printed_back(kind: type[Parsed], text: Any) -> None:
    value = kind.parse(text)
    assert isinstance(value, kind)
    if kind is Cpu:
        assert kind.parse(str(value)) == value
    else:
        assert str(value) == str(text)
    assert kind.parse(text) == value
    assert hash(kind.parse(text)) == hash(value)


@pytest.mark.parametrize(("kind", "text"), refused)
def test_bad_text_is_refused_with_a_remedy(kind: type[Parsed], text: Any) -> None:
    with pytest.raises(ValueError, match="write") as raised:
        kind.parse(text)
    assert is_remedy(str(raised.value))


@pytest.mark.parametrize("kind", TYPES)
@profile
@given(
    st.one_of(
        st.text(max_size=40), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.text()), st.just({})
    )
)
def test_anything_is_read_back_or_refused(kind: type[Parsed], text: Any) -> None:
    value = read_or_refused(kind, text)
    if value is not None:
        again = int(value) if isinstance(value, Port) else str(value)
        assert kind.parse(again) == value


@pytest.mark.parametrize("kind", TYPES)
@profile
@given(st.data())
def test_what_has_the_form_is_read_back_or_refused(kind: type[Parsed], data: st.DataObject) -> None:
    if kind is Port:
        return
    text = data.draw(st.from_regex(re.compile(kind.PATTERN, re.ASCII)))
    value = read_or_refused(kind, text)
    if value is None:
        assert text.endswith("\n") or kind in (Cidr, Schedule, Cpu) or len(text) > getattr(kind, "LONGEST", 999)
    else:
        assert kind.parse(str(value)) == value
        assert kind is Cpu or str(value) == text


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind is not Port])
@pytest.mark.parametrize("injection", INJECTIONS)
def test_injections_never_pass(kind: type[Parsed], injection: str) -> None:
    for good in map(str, GOOD[kind]):
        for text in {good + injection, injection + good, good[:1] + injection + good[1:], injection}:
            if kind is Schedule and injection == " ":
                continue
            with pytest.raises(ValueError, match="write"):
                kind.parse(text)


@pytest.mark.parametrize("kind", TYPES)
def test_a_long_text_is_refused_quickly(kind: type[Parsed]) -> None:
    started = time.process_time()
    for text in (
        "a" * 100_000 + "!",
        "a-" * 50_000,
        "a." * 50_000,
        "1" * 100_000,
        "a/" * 50_000,
        "*," * 50_000,
        "-" * 100_000,
    ):
        with pytest.raises(ValueError, match="write"):
            kind.parse(text)
    assert time.process_time() - started < 1


class TestMemory:
    def test_decimal_and_binary_are_different(self) -> None:
        assert Memory.parse("256MB").bytes == 256_000_000
        assert Memory.parse("256MiB").bytes == 268_435_456
        assert Memory.parse("256MB") < Memory.parse("256MiB")
        assert Memory.parse("256MB") != Memory.parse("256MiB")

    def test_kubernetes_takes_m_and_mi(self) -> None:
        written = ["1B", "256kB", "256KB", "256MB", "1GB", "1TB", "4KiB", "256MiB", "10GiB", "1TiB"]
        assert [Memory.parse(text).kubernetes for text in written] == [
            "1",
            "256k",
            "256k",
            "256M",
            "1G",
            "1T",
            "4Ki",
            "256Mi",
            "10Gi",
            "1Ti",
        ]

    def test_equal_amounts_are_equal_and_hash_alike(self) -> None:
        assert Memory.parse("1000MB") == Memory.parse("1GB")
        assert len({Memory.parse("1024MiB"), Memory.parse("1GiB")}) == 1
        assert Memory.parse("1GB") != 1_000_000_000

    @profile
    @given(st.integers(1, 10**9), st.sampled_from(["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"]), st.data())
    def test_kubernetes_means_as_many_bytes(self, amount: int, unit: str, data: st.DataObject) -> None:
        memory = Memory.parse(f"{amount}{unit}")
        number, suffix = re.fullmatch(r"(\d+)(\D*)", memory.kubernetes).groups()  # type: ignore[union-attr]
        factor = {
            "": 1,
            "k": 10**3,
            "M": 10**6,
            "G": 10**9,
            "T": 10**12,
            "P": 10**15,
            "E": 10**18,
            "Ki": 2**10,
            "Mi": 2**20,
            "Gi": 2**30,
            "Ti": 2**40,
            "Pi": 2**50,
            "Ei": 2**60,
        }
        assert int(number) * factor[suffix] == memory.bytes
        other = Memory(data.draw(st.integers(1, 10**9)), data.draw(st.sampled_from(["kB", "MB", "KiB", "MiB"])))
        assert (memory < other) == (memory.bytes < other.bytes)
        assert (memory >= other) == (memory.bytes >= other.bytes)


class TestCpu:
    def test_text_and_numbers(self) -> None:
        assert [Cpu.parse(text).millicores for text in ("250m", "1.5", "2", 2, 0.25, 1.1)] == [
            250,
            1500,
            2000,
            2000,
            250,
            1100,
        ]
        assert [Cpu.parse(text).kubernetes for text in ("2000m", "1.5", "0.001")] == ["2", "1500m", "1m"]
        assert Cpu.parse("1.5").cores == 1.5
        assert Cpu.parse("250m") < Cpu.parse("0.3")

    @profile
    @given(st.integers(1, 999_999))
    def test_thousandths_survive_printing(self, millicores: int) -> None:
        assert Cpu.parse(Cpu(millicores).kubernetes) == Cpu(millicores)


class TestDuration:
    def test_units(self) -> None:
        assert [Duration.parse(text).seconds for text in ("30s", "10m", "12h", "7d")] == [30, 600, 43_200, 604_800]
        assert Duration.parse("60s") == Duration.parse("1m")
        assert hash(Duration.parse("60s")) == hash(Duration.parse("1m"))
        assert Duration.parse("59s") < Duration.parse("1m")
        assert str(Duration.parse("60s")) == "60s"


class TestImageReference:
    def test_parts(self) -> None:
        digest = "sha256:" + "a" * 64
        image = ImageReference.parse(f"localhost:5000/a/b:1@{digest}")
        assert (image.repository, image.tag, image.digest) == ("localhost:5000/a/b", "1", digest)

    @pytest.mark.parametrize(
        ("text", "registry"),
        [
            ("redis", "docker.io"),
            ("o/n", "docker.io"),
            ("ghcr.io/o/n", "ghcr.io"),
            ("h:5000/n", "h:5000"),
            ("localhost/n", "localhost"),
        ],
    )
    def test_registry(self, text: str, registry: str) -> None:
        assert ImageReference.parse(text).registry == registry


class TestSchedule:
    def test_fields(self) -> None:
        assert Schedule.parse("@daily").fields == ("0", "0", "*", "*", "*")
        assert Schedule.parse("*/5 1-2 * * 0").fields == ("*/5", "1-2", "*", "*", "0")

    @profile
    @given(
        st.tuples(st.integers(0, 59), st.integers(0, 23), st.integers(1, 31), st.integers(1, 12), st.integers(0, 6)),
        st.integers(0, 4),
    )
    def test_ranges(self, numbers: tuple[int, ...], field: int) -> None:
        text = " ".join(map(str, numbers))
        assert Schedule.parse(text).fields == tuple(map(str, numbers))
        above = [str(number) for number in numbers]
        above[field] = str((60, 24, 32, 13, 7)[field])
        with pytest.raises(ValueError, match="write numbers from"):
            Schedule.parse(" ".join(above))


def test_cidr_says_which_network_was_meant() -> None:
    with pytest.raises(ValueError, match=r"write 10\.8\.0\.0/24"):
        Cidr.parse("10.8.0.1/24")


def test_version_compares_as_numbers() -> None:
    assert Version.parse("1.9").numbers < Version.parse("1.22").numbers
    assert Version.parse("15").major == 15


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind is not Port])
def test_examples_are_of_their_own_form(kind: type[Parsed]) -> None:
    schema = kind.json_schema()
    texts = schema.get("anyOf", [schema])[0]
    for example in texts["examples"]:
        assert str(kind.parse(example))
        assert re.search(texts["pattern"], example)
