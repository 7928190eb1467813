"""Secrets taken out of what the host tells."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.host.masking import masking

letters = st.characters(exclude_characters="*", exclude_categories=["Cs"])
values = st.text(letters, min_size=4, max_size=30).filter(lambda value: len(value.strip()) >= 4)


def parts(value):
    """What must not be told of a secret: all of it, and each line of it."""
    return [each.strip() for each in (value, *value.splitlines()) if len(each.strip()) >= 4]


@settings(max_examples=100)
@given(st.lists(values, min_size=1, max_size=4), st.text(letters, max_size=20))
def test_no_secret_and_no_line_of_one_is_left(secrets, around):
    masked = masking(secrets)(around.join(["", *secrets, ""]))
    assert not any(part in masked for secret in secrets for part in parts(secret))


@settings(max_examples=100)
@given(st.lists(values, min_size=1, max_size=4))
def test_none_is_left_in_json_either(secrets):
    text = json.dumps({"said": " ".join(secrets)})
    masked = masking(secrets)(text)
    assert not any(json.dumps(part)[1:-1] in masked for secret in secrets for part in parts(secret))


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_without_secrets_everything_is_told(text):
    assert masking([])(text) == text
    assert masking(["", "   ", "abc"])(text) == text


@pytest.mark.parametrize(
    ("secrets", "text", "told"),
    [
        (["hunter22"], "password=hunter22;", "password=***;"),
        (["hunter22", "hunter22-longer"], "x hunter22-longer y", "x *** y"),
        (["line one\nline two"], "saw line two", "saw ***"),
        (["s3cret\n"], "PASSWORD='s3cret'", "PASSWORD='***'"),
        (['a"b\\c'], json.dumps({"k": 'a"b\\c'}), '{"k": "***"}'),
        (["비밀번호"], json.dumps("비밀번호"), '"***"'),
        (["the"], "the rest of the text", "the rest of the text"),
    ],
)
def test_it_reads_like_this(secrets, text, told):
    assert masking(secrets)(text) == told
