"""What is not YAML: where it is to be corrected, and what to write there."""

from __future__ import annotations

import pytest

from kkinfra.errors import SpecError
from kkinfra.values.document import parse

WRONG = {
    "colon": (
        "s:\n  web:\n    image: x\n    port 80\n    memory: 5\n",
        "4:9",
        "a colon is missing after port; write port:",
    ),
    "colon in the first line": ("project shop\nimage: x\n", "1:8", "a colon is missing after project"),
    "colon before braces": ('s:\n  redis  {version: "7.4", a: 1}\n', "2:8", "a colon is missing after redis"),
    "colon before braces, in the last line": ("s:\n  redis  {v: 1}\n", "2:8", "a colon is missing after redis"),
    "space behind a colon": (
        "s:\n  image:foo\n  memory: 5\n",
        "2:8",
        "a space is missing after the colon; write image:",
    ),
    "space in the first line": ("project:shop\nimage: x\n", "1:8", "a space is missing after the colon"),
    "space in braces": ("a: {b: 1, c:2}\n", "1:12", "a space is missing after the colon; write c:"),
    "value in braces": ("a: {b:, c: 2}\n", "1:6", "write a space and the value behind it"),
    "colon in a value": ("a: b: c\n", "1:5", "the value has a colon followed by a space; put the value in quotes"),
    "quote": ('a: 1\nb: "x\nc: 2\n', "2:4", 'the quote that opens here is not closed; close the value with "'),
    "apostrophe": ("a: 'it's'\nb: 1\n", "1:8", "text follows after a closing quote"),
    "text behind a quote": ('a: "x" y\nb: 1\n', "1:8", "put the whole value in one pair of quotes"),
    "backslash": ('a: "C:\\x"\n', "1:9", "put the value in single quotes"),
    "bracket": ("a: [1, 2\nb: 3\n", "1:4", "the [ that opens here is not closed; close it with ]"),
    "brace of several lines": (
        "a: {b: 1,\nc: 2\nd: 3\n",
        "1:4",
        "the { that opens here is not closed; close it with }",
    ),
    "comma": ("a: {b: 1 c: 2}\n", "1:11", "a comma is missing before this place"),
    "comma at the end of a line": ("a: {b: 1\nc: 2}\n", "2:2", "a comma is missing before this place"),
    "other bracket": ("a: [x, y}\n", "1:9", "closes the [ of line 1 with }; write ]"),
    "one brace too many": ("a: {b: 1}}\n", "1:10", "} closes no bracket; remove it"),
    "one bracket too many": ("a: ]\n", "1:4", "] closes no bracket; remove it"),
    "too deep": (
        "p: shop\n  i: x\n",
        "2:3",
        "is indented below line 1, which has a value already; begin it in column 1",
    ),
    "too shallow": ("s:\n  a: 1\n b: 2\n", "3:2", "is indented by 1 space, as no key around it"),
    "list behind a key": ("k: - a\n  - b\n", "1:4", "a list cannot begin here; write [a, b] behind the key"),
    "dash among keys": (
        "k: v\n- a\n",
        "2:1",
        "is an entry of a list among the keys that start on line 1; remove the dash",
    ),
    "key in a list": ("- a\nk: v\n", "2:1", "is not an entry of the list that starts on line 1"),
    "at sign": ("a: @daily\n", "1:4", "a value cannot begin with '@' in YAML; put the value in quotes"),
    "star": ("a: */5 * * * *\n", "1:4", "a value cannot begin with '*' in YAML; put the value in quotes"),
    "backtick": ("a: `x`\n", "1:4", "a value cannot begin with '`' in YAML; put the value in quotes"),
    "Jinja": ("a: {{ x }}\n", "1:5", "is a template {{ }}, but a spec has no templates"),
    "Jinja at the start": ("{{ x }}\na: 1\n", "1:2", "is a template {{ }}"),
    "Jinja block": ("{% if x %}\na: 1\n", "1:1", "is a template {% %}"),
    "variable in braces": ("a: {d: ${D}, e: 1}\n", "1:8", "is a variable ${ }"),
    "variable of Windows": ("a: %D%\n", "1:4", "is a variable % %"),
    "Ansible's vault": (
        "a: !vault x\n",
        "1:4",
        "has the tag '!vault', which is not read; write plain values without tags",
    ),
    "CloudFormation": ("a: !Ref x\n", "1:4", "has the tag '!Ref'"),
    "tab": ("a:\n\tb: 1\n", "2:1", "is indented with a tab; indent with spaces only"),
}


@pytest.mark.parametrize(("text", "place", "problem"), WRONG.values(), ids=WRONG.keys())
def test_the_place_to_correct_and_what_to_write(text: str, place: str, problem: str) -> None:
    with pytest.raises(SpecError) as raised:
        parse(text, "f")
    (issue,) = raised.value.issues
    assert str(issue.location) == f"f:{place}", issue
    assert problem in issue.problem
    assert issue.remedy, issue


@pytest.mark.parametrize(
    "text",
    [
        "a: http://x/y\n",
        "a: x:y\n",
        "a: {b: [1, 2], c: 'x: y'}\n",
        'a: "{{ x }}"\n',
        "a: ${X}\n",
        "a: it's\n",
        "a:\n- b\n- c\n",
        "? a\n: b\n",
        "a: >\n  b: c {\n",
    ],
)
def test_what_only_looks_wrong_is_read(text: str) -> None:
    assert "a" in parse(text, "f").value
