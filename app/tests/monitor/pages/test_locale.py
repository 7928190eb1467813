"""The catalogues of messages: whole, and compiled."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

APP = Path(__file__).parents[3]
LANGUAGES = ("ko", "en")
FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[ds%]")

Message = tuple[str | None, str]


def catalogue(language: str) -> Path:
    return APP / "locale" / language / "LC_MESSAGES" / "django.po"


def messages_of(source: str) -> set[Message]:
    """The context and text of each call of a translating function with literal texts."""
    found = set()
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in FUNCTIONS:
            texts = [text.value for text in call.args if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            found.add((texts[0], texts[1]) if call.func.id.startswith("pgettext") else (None, texts[0]))
    return found


def template_messages(path: Path) -> set[Message]:
    calls = re.findall(
        r"\bn?gettext\((?:u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")", templatize(path.read_text(), origin=str(path))
    )
    return {message for call in calls for message in messages_of(f"{call})")}


def used_messages() -> set[Message]:
    code = {message for path in (APP / "monitor").rglob("*.py") for message in messages_of(path.read_text())}
    templates = {message for path in (APP / "monitor").rglob("*.html") for message in template_messages(path)}
    return code | templates


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_have_what_the_product_says_and_nothing_else(language: str) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(catalogue(language)))}
    assert known == used_messages(), "run `python manage.py makemessages -a --no-location --no-wrap` and translate"


def test_korean_is_whole() -> None:
    catalogue_ko = polib.pofile(str(catalogue("ko")))
    assert not [entry.msgid for entry in catalogue_ko if not entry.translated() or entry.obsolete]


def test_translations_have_the_placeholders_of_what_they_translate() -> None:
    for entry in polib.pofile(str(catalogue("ko"))):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            if text:
                assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(entry.msgid)), entry.msgid


@pytest.mark.parametrize("language", LANGUAGES)
def test_compiled_catalogues_are_up_to_date(language: str) -> None:
    source = polib.pofile(str(catalogue(language)))
    compiled = polib.mofile(str(catalogue(language).with_suffix(".mo")))
    assert polib.MOFile.__len__(compiled) == len(source.translated_entries())
    translated = {(entry.msgctxt, entry.msgid, entry.msgstr) for entry in source.translated_entries()}
    assert {(entry.msgctxt, entry.msgid, entry.msgstr) for entry in compiled} == translated, (
        "run `python manage.py compilemessages`"
    )
