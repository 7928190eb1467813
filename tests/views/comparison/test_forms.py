"""The table as people read it: columns that stand below each other in any script, Markdown and HTML that say it all."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compared import TODAY, declaring, environments
from kkinfra.values.display_width import display_width, padded, wrapped
from kkinfra.views.comparison import Catalogue, compare, worded
from kkinfra.views.comparison.html import as_fragment, as_page
from kkinfra.views.comparison.markdown import as_markdown
from kkinfra.views.comparison.row import ComparedRow, Phrase, Verdict
from kkinfra.views.comparison.text import as_text

NASTY = "<script>alert(1)</script> | a `b` *c* [d](e) & \"f\" 'g'"


def table(language="ko", **reasons):
    alpha, production = environments()
    rows = compare(alpha, declaring(production, **reasons), TODAY)
    return worded(rows, ("alpha", "production"), Catalogue.load(language))


def nasty():
    cell = (Phrase("text", {"text": NASTY}),)
    row = ComparedRow("domain", (cell, cell), Verdict.SAME)
    return worded([row], (NASTY, "b"), Catalogue.load("en"))


def text(told, width, language="ko"):
    return as_text(told, Catalogue.load(language), width, lambda line, _: line)


@pytest.mark.parametrize(
    ("written", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("데이터", 6),
        ("A가b", 4),
        ("\uff26", 2),
        ("e\u0301", 1),
        ("\u00d7", 1),
        ("\u1112\u1161\u11ab", 2),
    ],
)
def test_width_is_that_of_a_terminal(written, columns):
    assert display_width(written) == columns


@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), st.integers(2, 30))
def test_wrapping_loses_nothing_and_fits(written, width):
    lines = wrapped(written, width)
    assert "".join("".join(lines).split()) == "".join(written.split())
    assert all(display_width(line) <= width for line in lines)


def test_a_long_word_is_broken_behind_its_punctuation():
    assert wrapped("DJANGO_SECRET_KEY, ghcr.io/example/app", 17) == [
        "DJANGO_SECRET_",
        "KEY,",
        "ghcr.io/example/",
        "app",
    ]
    assert wrapped("abcdefgh ij", 5) == ["abcde", "fgh", "ij"]


@given(st.text(alphabet="가나 ab", max_size=10))
def test_padding_reaches_the_width(written):
    assert display_width(padded(written, 20)) == 20


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("width", [72, 100, 160])
def test_columns_stand_below_each_other_and_fit(language, width):
    told = table(language)
    lines = text(told, width, language)
    assert all(display_width(line) <= max(width, 84) for line in lines)
    start = display_width(lines[0][: lines[0].index("production")])
    for row in told.rows:
        first = next(line for line in lines if line.startswith(f"{row.title}  "))
        assert _columns_from(first, start).startswith(row.cells[1][0].split()[0][:8])


def _columns_from(line, start):
    """What of a line is at a column and after it; the column before must be blank."""
    for index in range(len(line)):
        if display_width(line[:index]) == start:
            assert line[index - 1] == " "
            return line[index:]
    return ""


def test_differences_are_told_below_with_values_and_reason():
    lines = text(table("en", image={"image": "main is tried here first"}), 200, "en")
    declared = lines.index("Declared differences")
    assert lines[declared + 1] == "  image"
    assert lines[declared + 2].endswith("in alpha, ghcr.io/example/kkambbaki:1.0.0 in production")
    assert lines[declared + 3] == "    why: main is tried here first"
    undeclared = lines.index("Undeclared differences: make them the same, or say why in the spec")
    assert lines[undeclared + 1 :] == ["  stack.postgresql.on", "    statefulset in alpha, rds in production"]


def test_a_difference_of_two_rows_is_told_once_below():
    assert text(table("en"), 200, "en").count("  stack.postgresql.on") == 1


def test_markdown_has_four_cells_a_row_whatever_is_in_them():
    for told in (table(), nasty()):
        lines = as_markdown(told).splitlines()
        assert len(lines) == len(told.rows) + 2
        assert {line.replace("\\|", "").count("|") for line in lines} == {5}
    assert "<script" not in as_markdown(nasty()).replace("\\<", "")


class Cells(HTMLParser):
    """The text of each cell, and the tags that there are."""

    def __init__(self):
        super().__init__()
        self.tags, self.cells = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self.cells and data.strip():
            self.cells[-1] += data


def read(html):
    reader = Cells()
    reader.feed(html)
    return reader


def test_html_says_what_was_said_and_nothing_in_it_is_markup():
    reader = read(as_fragment(nasty()))
    assert reader.cells == ["item", NASTY, "b", "parity", "domain", NASTY, NASTY, "same"]
    assert "script" not in reader.tags


def test_a_page_stands_alone():
    page = as_page(table(), "alpha <> production")
    assert page.startswith('<!doctype html>\n<html lang="ko">\n<head>\n<meta charset="utf-8">\n')
    assert "<title>alpha &lt;&gt; production</title>" in page
    assert not {"script", "link", "img"} & set(read(page).tags)
    assert as_fragment(table()) in page


def test_hangul_may_be_written_in_letters():
    assert display_width(unicodedata.normalize("NFD", "한국어")) == display_width("한국어")
