"""What is written as YAML reads back equal, in YAML 1.1 (PyYAML) and in 1.2 (ruamel.yaml)."""

import io
import string
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from kkinfra.values.yaml_text import document, inline, scalar, stream

profile = settings(max_examples=150)

UNPLAIN = [
    "",
    " ",
    "y",
    "n",
    "Y",
    "N",
    "on",
    "off",
    "yes",
    "no",
    "On",
    "YES",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "1",
    "0",
    "-1",
    "+1",
    "1e3",
    "1E3",
    "1.0",
    ".5",
    "5.",
    "0x1f",
    "0o7",
    "017",
    "0b1",
    "1_000",
    "1:30",
    "190:20:30",
    "2001-01-01",
    "2001-01-01T00:00:00Z",
    ".inf",
    "-.inf",
    ".nan",
    "=",
    "<<",
    "-",
    "--- a",
    "---",
    "...",
    "?",
    "? a",
    ": a",
    "a: b",
    "a:",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "'a'",
    '"a"',
    "[a]",
    "{a}",
    "[]",
    "{}",
    ",a",
    "a ",
    " a",
    "\ta",
    "a\t",
    "\\",
    "a\u00a0b",
    "가",
    "\x85",
    "\u2028",
    "\ufeff",
    "\x00",
    "\x7f",
    "😀",
    "- a",
    "-1a",
    "---a",
    "- a",
    "1.2.3",
    "12e03",
]
PLAIN = [
    "--workers",
    "--pidfile=",
    "-c",
    "-on",
    "-y",
    "a",
    "A",
    "kube-system",
    "app.kubernetes.io/name",
    "ghcr.io/a/b:1.0@sha256:ab",
    "/healthz",
    "http://a:80/b",
    "two words",
    "256Mi",
    "250m",
    "10MB",
    "30s",
    "7d",
    "TCP",
    "nobody",
    "None",
    "yesterday",
    "one",
    "a=b",
    "_",
    "x,y",
    "a$(A)",
]

texts = st.one_of(
    st.text(max_size=20),
    st.text(alphabet=string.printable + "\x85\u2028\ufeff가", max_size=30),
    st.sampled_from(UNPLAIN + PLAIN),
    st.lists(
        st.sampled_from(["", "a", " b", "\tc", "d ", "#", "---", "...", "- e", "f: g", "가", "%x"]), max_size=5
    ).map("\n".join),
)
leaves = st.one_of(
    texts,
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
)
keys = st.one_of(texts, st.text(min_size=100, max_size=300), st.just("k" * 200))
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


def read_1_1(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def read_1_1_pure(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def read_1_2(text: str) -> list[Any]:
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 2)
    return list(reader.load_all(io.StringIO(text)))


READERS = (read_1_1, read_1_1_pure, read_1_2)


def same(left: Any, right: Any) -> bool:
    """Equal, and of equal types: 1, 1.0 and True are three things."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@profile
@given(values)
@example({"a": "x\n", "b": ["y\nz", ["\n", "", {"c": "d\n\n"}]]})
@example("a\n---\nb")
@example({"k" * 1100: 1e16, "float": [5e-324, 1.5e300, -0.0, 1e22]})
@example({"k" * 200: {"l" * 200: ["m"]}, "n" * 130: "o\np\n"})
@example([{"k" * 200: "v"}, [["deep"]], [{}], [[]]])
def test_any_document_reads_back_equal(value: Any) -> None:
    text = document(value)
    assert text.endswith("\n")
    for reader in READERS:
        assert same(reader(text), [value]), (reader.__name__, text)


@profile
@given(st.lists(values, min_size=1, max_size=4))
def test_a_stream_holds_each_document(documents: list[Any]) -> None:
    for reader in READERS:
        assert same(reader(stream(documents)), documents)


@pytest.mark.parametrize("text", UNPLAIN)
def test_what_could_be_something_else_is_quoted(text: str) -> None:
    assert scalar(text).startswith('"')
    for reader in READERS:
        assert same(reader(document({text: [text]})), [{text: [text]}])


@pytest.mark.parametrize("text", PLAIN)
def test_what_can_only_be_text_is_plain(text: str) -> None:
    assert scalar(text) == text
    for reader in READERS:
        assert same(reader(document({text: [text]})), [{text: [text]}])


@pytest.mark.parametrize(
    "text", ["a\nb", "a\nb\n", "#!/bin/sh\nset -e\n\n  x: y\n", "a:\n\tb\n", "가\n나\n", "---\n...\n"]
)
def test_lines_become_a_literal_block(text: str) -> None:
    written = document({"script": text, "list": [text], "after": 1})
    assert written.startswith("script: |")
    assert "\\n" not in written
    for reader in READERS:
        assert same(reader(written), [{"script": text, "list": [text], "after": 1}])


@pytest.mark.parametrize("text", ["\n", "a\n\n", "\na", " a\nb", "a \nb", "a\r\nb", "a\n\u2028b", "a\n\x07"])
def test_what_a_block_would_change_is_quoted(text: str) -> None:
    assert document(text).startswith('"')
    for reader in READERS:
        assert same(reader(document(text)), [text])


def test_tuples_are_lists_and_subclasses_plain_values() -> None:
    class Port(int):
        pass

    class Name(str):
        __slots__ = ()

    assert document({"a": (Port(80), Name("x"), Name("on"), ())}) == 'a:\n- 80\n- x\n- "on"\n- []\n'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), object(), {"a": {1, 2}}, b"raw"])
def test_what_yaml_has_no_form_for_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="cannot write"):
        document(value)


def test_order_is_kept_and_nothing_is_shared() -> None:
    inner = {"z": 1, "a": 2}
    assert document({"b": inner, "a": inner}) == "b:\n  z: 1\n  a: 2\na:\n  z: 1\n  a: 2\n"


def test_inline_is_one_line_that_reads_back() -> None:
    value = {"count": 2, "cpu": "4", "names": ["a", "b,c", "on"], "off": None, "yes": True}
    assert inline(value) == '{count: 2, cpu: "4", names: [a, "b,c", "on"], off: null, yes: true}'
