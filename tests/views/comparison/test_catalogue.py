"""The words: every language has every phrase, with the same values in it."""

from __future__ import annotations

import re
import string
from itertools import pairwise

import pytest

from checkout import EVERYTHING_FILE, ROOT
from compared import TODAY
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from kkinfra.views.comparison import LANGUAGES, Catalogue, compare, worded
from kkinfra.views.comparison.row import Verdict
from kkinfra.views.comparison.table import ROWS

CODE = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "kkinfra/views/comparison").glob("*.py")))
EVERYTHING = EVERYTHING_FILE.read_text(encoding="utf-8")


def values_of(phrase):
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


def test_languages_have_the_same_phrases_with_the_same_values():
    catalogues = [Catalogue.load(language).phrases for language in LANGUAGES]
    for one, other in pairwise(catalogues):
        assert one.keys() == other.keys()
        for key in one:
            assert values_of(one[key]) == values_of(other[key]), key


def test_every_row_and_verdict_has_a_word_and_every_word_a_use():
    phrases = Catalogue.load("en").phrases
    needed = {f"row.{name}" for name in ROWS} | {f"verdict.{verdict}" for verdict in Verdict}
    assert needed <= phrases.keys()
    for key in phrases.keys() - needed:
        section = key.partition(".")[0]
        assert re.search(rf'"{re.escape(key)}"|f"{section}\.\{{', CODE), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_two_environments_are_there_are_words_for_it(language):
    every = resolve_document(parse(EVERYTHING, "f"), "f").environments
    catalogue = Catalogue.load(language)
    for left in every.values():
        for right in every.values():
            table = worded(compare(left, right, TODAY), (left.name, right.name), catalogue)
            assert all(all(cell) for row in table.rows for cell in row.cells)


def test_the_korean_one_is_in_korean():
    phrases = Catalogue.load("ko").phrases
    for section in ("row", "verdict", "note"):
        for key, phrase in phrases.items():
            if key.startswith(f"{section}.") and key != "row.ingress":
                assert re.search("[가-힣]|^{first}", phrase), key
