"""Files of every bad kind give a SpecError with the right place and a remedy, and good ones their values and places."""

import os
import re
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from kkinfra.errors import Issue, Location, SpecError
from kkinfra.spec.loading import load_spec
from kkinfra.values.document import Document, dotted, parse, read_text
from kkinfra.values.yaml_parser import DEEPEST


def issues_of(text: str) -> list[str]:
    with pytest.raises(SpecError) as raised:
        parse(text, "f.yaml")
    assert raised.value.source == text.replace("\r\n", "\n").replace("\r", "\n")
    return [str(issue) for issue in raised.value.issues]


def issue_of_file(path: Path) -> Issue:
    with pytest.raises(SpecError) as raised:
        load_spec(path)
    assert len(raised.value.issues) == 1
    return raised.value.issues[0]


def value_of(text: str) -> Any:
    return parse(text, "f.yaml").value


WRONG_FORM = {
    "mapping inside a value": ("a: b: c\n", "1:5", "is not YAML"),
    "unclosed quote": ('a: 1\nb: "x\nc: 2\n', "2:4", 'the quote that opens here is not closed; close the value with "'),
    "unclosed bracket": ("a: [1, 2\nb: 3\n", "1:4", r"the \[ that opens here is not closed; close it with \]"),
    "unclosed at the end": ("a: {", "1:4", "the { that opens here is not closed; close it with }"),
    "missing colon": ("a: 1\nb\nc: 2\n", "2:2", "a colon is missing after b; write b:"),
    "wrong indentation": ("a:\n   b: 1\n  c: 2\n", "3:3", "is indented by 2 spaces, as no key around it"),
    "star at the start": (
        "schedule: */5 * * * *\n",
        "1:11",
        "cannot begin with '\\*' in YAML; put the value in quotes",
    ),
    "percent at the start": ("a: %x\n", "1:4", "cannot begin with '%' in YAML; put the value in quotes"),
    "unknown escape": ('a: "\\q"\n', "1:5", "is not YAML"),
    "escape that is no character": ('a: "\\ud800"\n', "1:7", "is not YAML"),
    "unknown YAML version": ("%YAML 3.0\n--- a\n", "1:1", "is not YAML"),
    "tab indentation": ("a:\n\tb: 1\n", "2:1", "indented with a tab"),
    "tab after spaces": ("a:\n  b: 1\n \tc: 1\n", "3:2", "indented with a tab"),
    "second document": ("a: 1\n---\nb: 1\n", "2:1", "second document"),
    "document after its end": ("a: 1\n...\nb: 1\n", "3:1", "goes on after the document's end"),
    "alias without anchor": ("a: *x\n", "1:4", r"\*x refers to no anchor; define &x"),
    "alias to itself": ("a: &x [*x]\n", "1:8", r"\*x refers to no anchor"),
    "alias as key": ("a: &x 1\n*x : 2\n", "2:1", "is not a key"),
    "list as key": ("? [a]\n: 1\n", "1:3", "is not a key"),
    "mapping as key": ("{{a: 1}: 2}\n", "1:2", "is not a key"),
    "merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3", "c: merge keys.*use extends"),
    "tag": ("a: !!int 1\n", "1:4", "a: has the tag.*without tags"),
    "object tag": ("a: !!python/object:os.system {}\n", "1:4", "a: has the tag.*without tags"),
    "own tag on a list": ("a: !secret [x]\n", "1:4", "a: has the tag"),
    "the tag that says nothing": ("a: ! 1\n", "1:4", "a: has the tag"),
    "tag on a key": ("!!str a: 1\n", "1:1", "a: has the tag"),
    "NUL": ("a: 1\nb: \0\n", "2:4", r"character U\+0000"),
    "escape character": ("a: \x1b[31m\n", "1:4", r"character U\+001B"),
    "C1 control": ("a: \x9b\n", "1:4", r"character U\+009B"),
    "next line": ("a: x\x85b: y\n", "1:5", r"character U\+0085"),
    "line separator": ("a: x\u2028b: y\n", "1:5", r"character U\+2028"),
    "surrogate": ("a: 1\nbc: \udc80\n", "2:5", r"character U\+DC80"),
    "byte order mark in the middle": ("a: 1\nb: \ufeff\n", "2:4", r"character U\+FEFF"),
    "noncharacter": ("a: \uffff\n", "1:4", r"character U\+FFFF"),
    "form feed": ("a: 1\n\x0cb: 1\n", "2:1", r"character U\+000C"),
}


@pytest.mark.parametrize(("text", "place", "problem"), WRONG_FORM.values(), ids=WRONG_FORM.keys())
def test_wrong_form_is_located(text: str, place: str, problem: str) -> None:
    found = issues_of(text)
    assert len(found) == 1
    assert re.match(rf"f\.yaml:{place}:? .*{problem}", found[0])
    assert found[0].isprintable()


@pytest.mark.parametrize(("text", "place", "problem"), WRONG_FORM.values(), ids=WRONG_FORM.keys())
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_places_are_the_same_with_other_line_ends(text: str, place: str, problem: str, end: str) -> None:
    assert issues_of(text.replace("\n", end)) == issues_of(text)


def test_all_that_is_wrong_is_told_in_one_pass() -> None:
    text = "a: 1\nb: !x 1\na: 2\nc: *y\nd:\n  <<: 1\nb:\n  e: 1\n  e: 2\n"
    assert issues_of(text) == [
        (
            "f.yaml:2:4 b: has the tag '!x', which is not read; "
            "write plain values without tags, and for a secret {env: NAME} under secrets"
        ),
        "f.yaml:3:1 a: is written twice, first on line 1; remove one of them",
        "f.yaml:4:4: *y refers to no anchor; define &y before it",
        (
            "f.yaml:6:3 d: merge keys (<<) are not part of YAML 1.2; "
            "write the fields here, or share them among environments: use extends"
        ),
        "f.yaml:7:1 b: is written twice, first on line 2; remove one of them",
        "f.yaml:9:3 b.e: is written twice, first on line 8; remove one of them",
    ]


@pytest.mark.parametrize(
    "text", ["a: 1\n'a': 2\n", 'a: 1\n"a": 2\n', "{a: 1, a: 2}\n", "1: a\n'1': b\n", "null: 1\n'null': 2\n"]
)
def test_duplicate_keys_however_they_are_written(text: str) -> None:
    assert "is written twice" in issues_of(text)[0]


class TestScalars:
    def test_only_the_core_schema_is_more_than_text(self) -> None:
        words = [
            "on",
            "off",
            "yes",
            "no",
            "y",
            "n",
            "ON",
            "Yes",
            "1:30",
            "0x1f",
            "0o7",
            "0b1",
            "1_000",
            "2001-01-01",
            ".inf",
            ".nan",
            "=",
            "<",
            "tRue",
            "nULL",
            "1.2.3",
            "1e",
            "e1",
            "--1",
            "+",
            "-",
            ".",
        ]
        assert value_of("".join(f"- {word}\n" for word in words if word != "-")) == [
            word for word in words if word != "-"
        ]

    def test_plain_values(self) -> None:
        text = "[null, ~, Null, true, False, TRUE, 0, -1, +2, 010, 1.5, .5, 1., 1e3, -1.5E-2, 1234567890123456789012]"
        assert value_of(text) == [
            None,
            None,
            None,
            True,
            False,
            True,
            0,
            -1,
            2,
            "010",
            1.5,
            0.5,
            1.0,
            1000.0,
            -0.015,
            1234567890123456789012,
        ]

    def test_fractions_print_as_they_were_written(self) -> None:
        assert [str(number) for number in value_of("[1.10, 1e3, +.5]")] == ["1.10", "1e3", "+.5"]
        assert value_of("1" * 101) == "1" * 101

    def test_quotes_and_blocks_are_text(self) -> None:
        assert value_of("a: '1'\nb: \"true\"\nc: |\n  1\ne: >-\n  x\n  y\n") == {
            "a": "1",
            "b": "true",
            "c": "1\n",
            "e": "x y",
        }

    def test_keys_are_text(self) -> None:
        assert value_of("1: a\nnull: b\ntrue: c\n1.5: d\non: e\n") == {
            "1": "a",
            "null": "b",
            "true": "c",
            "1.5": "d",
            "on": "e",
        }

    def test_quoted_merge_key_is_a_key(self) -> None:
        assert value_of("'<<': 1") == {"<<": 1}


class TestPlaces:
    TEXT = "# c\na:\n  b: [x, {c: 1}]\n  가: 나\nd: &k {e: f}\ng: *k\n"

    def at(self, *path: str | int, key: bool = False) -> str:
        return str(parse(self.TEXT, "f").place(path, key=key))

    def test_values_and_keys(self) -> None:
        assert self.at("a", "b", 0) == "f:3:7"
        assert self.at("a", "b", 1, "c") == "f:3:14"
        assert self.at("a", "b", 1, "c", key=True) == "f:3:11"
        assert self.at("a", "가") == "f:4:6"
        assert self.at("a", key=True) == "f:2:1"

    def test_the_nearest_place_of_what_is_not_there(self) -> None:
        assert self.at("a", "b", 7, "z") == "f:3:6"
        assert self.at("zzz") == "f:2:1"
        assert self.at("g", "e") == "f:6:4"
        assert str(parse("", "f").place(("a",))) == "f:1:1"

    def test_crlf_does_not_move_them(self) -> None:
        other = parse(self.TEXT.replace("\n", "\r\n"), "f")
        assert other == parse(self.TEXT, "f")


class TestBounds:
    def test_aliases_that_explode(self) -> None:
        text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        text += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
        assert_quick(text, "aliases expand to more than", line=range(5, 9))

    def test_aliases_that_deepen(self) -> None:
        text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[[*a{n - 1}]]]]\n" for n in range(1, 200))
        assert_quick(text, "nested deeper", line=range(8, 10))

    def test_deep_nesting(self) -> None:
        for opened in ("[", "{a: ", "- "):
            assert_quick(opened * 100_000, "nested deeper|is not YAML", line=range(1, 2))
        assert value_of("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))
        assert "nested deeper" in issues_of("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2))[0]

    def test_deep_blocks(self) -> None:
        text = "".join(" " * n + "a:\n" for n in range(1000))
        assert_quick(text, "nested deeper", line=range(DEEPEST + 1, DEEPEST + 4))

    def test_many_values(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("kkinfra.values.yaml_parser.MOST_VALUES", 1000)
        assert_quick("- a\n" * 2000, "more than 1000 values", line=range(990, 1001))

    def test_many_small_errors(self) -> None:
        found = issues_of("".join("a: 1\n" for _ in range(1000)))
        assert len(found) == 999


def assert_quick(text: str, problem: str, line: range) -> None:
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(SpecError, match=problem) as raised:
            parse(text, "f")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert raised.value.issues[0].location.line in line
    assert peak < 200 * 2**20
    assert time.process_time() - started < 10


class TestFiles:
    def test_missing(self, tmp_path: Path) -> None:
        issue = issue_of_file(tmp_path / "no.yaml")
        assert issue.location == Location(str(tmp_path / "no.yaml"))
        assert issue.problem == "does not exist; write one with `kkinfra init`, or name it with --spec FILE"
        assert str(issue) == f"{tmp_path}/no.yaml: {issue.problem}"

    def test_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_text("")
        assert "cannot be read: Not a directory" in issue_of_file(tmp_path / "a" / "b.yaml").problem

    def test_directory(self, tmp_path: Path) -> None:
        assert issue_of_file(tmp_path).problem == "is a directory; name the YAML file in it"

    @pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
    def test_names_that_cannot_be(self, name: str) -> None:
        assert re.match("cannot be read: .*; check", issue_of_file(Path(name)).problem)

    def test_a_link_to_itself(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to(tmp_path / "a")
        assert "cannot be read" in issue_of_file(tmp_path / "a").problem

    def test_unreadable(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a.yaml"
        path.write_text("a: 1")
        path.chmod(0)
        if os.geteuid() == 0:  # root reads everything, so the system's answer is played

            def refuse(*_: Any, **__: Any) -> None:
                raise PermissionError(13, "Permission denied", str(path))

            monkeypatch.setattr(Path, "open", refuse)
        assert issue_of_file(path).problem == "cannot be read: Permission denied; check its path and permissions"

    @pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "~\n", "\ufeff"])
    def test_empty(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(text, encoding="utf-8")
        issue = issue_of_file(path)
        assert issue.problem == "the file is empty; write one with `kkinfra init`"
        assert issue.location.line >= 1

    @pytest.mark.parametrize("text", ["x", "[]", "1", "true", "[1]"])
    def test_not_a_mapping(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(text)
        assert "is not a mapping; write keys and values, as in project: shop" in issue_of_file(path).problem

    @pytest.mark.parametrize("text", ["[a]", "- a: b"])
    def test_a_list_of_what_should_be_keys(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "a.yaml"
        path.write_text(text)
        assert re.search("is a list, not a mapping; .* dash", issue_of_file(path).problem)

    def test_binary(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        path.write_bytes(b"\x7fELF\x02\x01\x01\0\0\0")
        assert str(issue_of_file(path)).startswith(f"{path}:1:1: is a binary file, not text")
        path.write_bytes(b"\x89PNG\r\n\x1a\n")
        assert str(issue_of_file(path)).startswith(f"{path}:1:1: is not text in UTF-8; save the file as UTF-8")

    @pytest.mark.parametrize(
        ("raw", "place"),
        [
            (b"a: 1\nb: caf\xe9\n", "2:7"),
            ("a: 가\xff".encode()[:-1], "1:5"),
            ("a: 1\n".encode("utf-16"), "1:1"),
            (b"a: 1\r\r\nb: \xff", "3:4"),
            (b"\xef\xbb\xbfa: \xff", "1:4"),
            (b"a: \xed\xa0\x80", "1:4"),
        ],
    )
    def test_not_utf_8(self, tmp_path: Path, raw: bytes, place: str) -> None:
        path = tmp_path / "a.yaml"
        path.write_bytes(raw)
        assert str(issue_of_file(path)).startswith(f"{path}:{place}: is not text in UTF-8")

    def test_byte_order_mark_at_the_start_is_no_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        path.write_bytes(b"\xef\xbb\xbfa: 1\r\n")
        assert parse(read_text(path, "a"), "a") == Document(
            "a", "a: 1\n", {"a": 1}, {(): (1, 1), ("a",): (1, 4)}, {("a",): (1, 1)}
        )

    def test_large(self, tmp_path: Path) -> None:
        path = tmp_path / "a.yaml"
        with path.open("wb") as stream:
            stream.truncate(50_000_000)
        started = time.process_time()
        tracemalloc.start()
        problem = issue_of_file(path).problem
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert problem == "is larger than 8 MiB; that is no specification"
        assert peak < 32 * 2**20
        assert time.process_time() - started < 2


def test_dotted_paths_stay_on_one_line() -> None:
    assert dotted(("a", "b", 0, "c-d")) == "a.b[0].c-d"
    assert dotted(("a", "x\ny")) == r"a.'x\ny'"
    assert dotted(("", "a b")) == "''.'a b'"
    assert len(dotted(("k" * 500,))) < 100
