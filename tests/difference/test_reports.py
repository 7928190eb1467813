"""How a difference is told: on a terminal, as JSON, as Markdown; and what its exit code is."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.console.changes import difference_lines
from kkinfra.difference.as_json import as_json
from kkinfra.difference.change import ABSENT, Action, Change, FieldChange
from kkinfra.difference.markdown import LONGEST, markdown
from kkinfra.difference.report import Compared, Difference, joined, left_out, not_asked

SCHEMA = json.loads(Path("docs/difference.schema.json").read_text())
HOST = Compared("host", "kkambbaki on 192.0.2.7", notes=("certificate until Feb 20",))
WEBAPP = Change(
    "host", "webapp", "change",
    (FieldChange("image", "a:1", "a:2"), FieldChange("environment.LANG", ABSENT, "ko"), FieldChange("limit", 1, "1")),
    "green starts beside blue",
)  # fmt: skip
NGINX = Change(
    "host", "nginx/tls.conf", "change",
    (FieldChange("", lines=("@@ -1 +1 @@", "-listen 80;", "+listen 81;", " --x")),), drift=True,
)  # fmt: skip
DATABASE = Change("stack", "Database", "replace", (FieldChange("Engine", note="not known yet"),), "it holds data")
FOUND = Difference("production", (HOST, Compared("stack", "kkambbaki in ap-northeast-2")), (WEBAPP, NGINX, DATABASE))

TEXTS = st.text(max_size=30) | st.sampled_from(["```", "</details>", "@me", "| a |", "#1", "\x1b[31m", "<b>", "a\nb"])
FIELDS = st.builds(
    FieldChange, TEXTS, TEXTS | st.integers() | st.none() | st.just(ABSENT), TEXTS | st.just(ABSENT), TEXTS,
    st.lists(TEXTS, max_size=4).map(tuple),
)  # fmt: skip
ACTIONS = st.sampled_from(get_args(Action))
CHANGES = st.builds(
    Change, st.sampled_from(["host", "stack"]), TEXTS, ACTIONS,
    st.lists(FIELDS, max_size=3).map(tuple), TEXTS, st.booleans(),
)  # fmt: skip
TARGETS = st.builds(Compared, st.sampled_from(["host", "stack"]), TEXTS, st.just(()), TEXTS)
DIFFERENCES = st.builds(
    Difference, TEXTS, st.lists(TARGETS, max_size=2).map(tuple),
    st.lists(CHANGES, max_size=5).map(tuple), TEXTS,
)  # fmt: skip


def text(difference, **flags):
    return "\n".join(difference_lines(difference, io.StringIO(), **flags))


def test_the_text_names_targets_changes_and_fields():
    assert text(FOUND).splitlines() == [
        "production: host: kkambbaki on 192.0.2.7",
        "  ~ webapp: green starts beside blue",
        "      ~ image: a:1 -> a:2",
        "      + environment.LANG: ko",
        '      ~ limit: 1 -> "1"',
        "  ~ nginx/tls.conf: changed by hand",
        "        @@ -1 +1 @@",
        "        -listen 80;",
        "        +listen 81;",
        "         --x",
        "  certificate until Feb 20",
        "production: stack: kkambbaki in ap-northeast-2",
        "  -/+ Database: is replaced; it holds data",
        "      ~ Engine (not known yet)",
        "3 changes, 1 of them by hand",
    ]


def test_what_comes_is_one_line_unless_all_is_asked_for():
    new = Difference("x", (HOST,), (Change("host", "flower", "add", (FieldChange("image", after="a"),)),))
    assert "  + flower" in text(new).splitlines()
    assert "image" not in text(new)
    assert "      + image: a" in text(new, everything=True)


def test_digests_are_cut_as_people_compare_them():
    image, digest = "ghcr.io/x/y", "0123456789ab" + "c" * 52
    field = FieldChange("image", f"{image}@sha256:{digest}", f"{image}:2")
    told = text(Difference("x", (HOST,), (Change("host", "a", "change", (field,)),)))
    assert "~ image: ghcr.io/x/y@sha256:0123456789ab -> ghcr.io/x/y:2" in told


def test_a_long_change_is_cut_unless_all_is_asked_for():
    long = Difference(
        "x", (HOST,), (Change("host", "a", "change", tuple(FieldChange(f"f{i}", 1, 2) for i in range(60))),)
    )
    assert "... and 20 more lines; -v shows all" in text(long)
    assert "f59" in text(long, everything=True)


def test_a_target_that_was_not_asked_says_why_and_is_an_error():
    missing = joined("production", [FOUND, not_asked("production", "stack", "AWS", "no credentials\nrun `aws login`")])
    assert (missing.exit_code, FOUND.exit_code, Difference("x", (HOST,)).exit_code) == (1, 2, 0)
    assert "  ! could not be asked: no credentials\n    run `aws login`" in text(missing)
    assert text(missing).endswith("1 of 3 targets could not be asked")
    without = joined("production", [Difference("production", (HOST,)), left_out("production", "stack")])
    assert (without.exit_code, without.is_complete) == (0, True)
    assert "production: stack: left out by --without stack" in text(without)


def test_json_is_what_its_schema_says():
    document = as_json(FOUND)
    jsonschema.Draft7Validator(SCHEMA).validate(document)
    first, nginx, _ = document["changes"]
    assert first["fields"][1] == {
        "path": "environment.LANG", "action": "add", "after": "ko", "note": "", "lines": [],
    }  # fmt: skip
    assert nginx["drift"] is True
    assert (document["version"], document["differs"], document["complete"]) == (1, True, True)


@settings(max_examples=30)
@given(DIFFERENCES)
def test_json_is_what_its_schema_says_of_anything(difference):
    jsonschema.Draft7Validator(SCHEMA).validate(json.loads(json.dumps(as_json(difference))))


@settings(max_examples=30)
@given(DIFFERENCES)
def test_no_text_reaches_the_terminal_that_it_would_obey(difference):
    assert all(each.isprintable() for line in difference_lines(difference, io.StringIO()) for each in line)


def test_markdown_has_a_table_and_folds_each_change():
    told = markdown(FOUND)
    assert told.startswith("### kkinfra diff production: 3 changes, 1 of them by hand\n")
    assert "| host |  | 2 |  |  |  | 1 | kkambbaki on 192.0.2.7 |" in told
    assert "| stack |  |  | 1 |  |  |  | kkambbaki in ap-northeast-2 |" in told
    assert "<details><summary><code>~ webapp: green starts beside blue</code></summary>" in told
    assert "```diff\n! image: a:1 -> a:2\n+ environment.LANG: ko" in told


@settings(max_examples=30)
@given(DIFFERENCES)
def test_markdown_takes_nothing_for_markup(difference):
    lines = outside_of_fences(markdown(difference))
    outside = re.sub(r"<code>.*?</code>", "", "\n".join(lines))
    assert outside.count("<details>") == outside.count("</details>")
    assert not any(markup in outside for markup in ("<b>", "`", "\x1b"))
    assert re.search(r"@(?!&#8203;)", outside.replace("&#64;", "@")) is None
    assert all(line.startswith(("<details><summary><code>", "<p><code>")) for line in lines if "<code>" in line)
    rows = [line for line in outside.split("\n") if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {9}
    assert len(rows) == 2 + len(difference.targets)


def outside_of_fences(told):
    """The lines that are read as Markdown; every fence has its end."""
    fence, found = "", []
    for line in told.split("\n"):
        if fence:
            fence = "" if line == fence else fence
        elif line.startswith("```"):
            fence = line.removesuffix("diff")
        else:
            found.append(line)
    assert not fence
    return found


@pytest.mark.parametrize("count", [1, 5, 3000])
def test_markdown_stays_within_what_a_comment_holds_and_says_what_it_leaves_out(count):
    fields = tuple(FieldChange(f"field{i}", "a" * 90, "b" * 90) for i in range(500))
    big = Difference("x", (HOST,), tuple(Change("host", f"thing{i}", "change", fields) for i in range(count)))
    told = markdown(big)
    assert LONGEST * 0.8 < len(told) <= LONGEST
    assert "more lines" in told
    assert ("not shown, since a comment holds 65,536 characters" in told) == (count > 32)
    assert all(f"thing{i}<" in told for i in range(min(count, 20)))


def test_where_nothing_could_be_asked_nothing_is_said_to_be_the_same():
    unknown = not_asked("production", "host", "a host", "it is down")
    assert text(unknown).endswith("nothing could be asked, so nothing is known")
