"""What others wrote, with a secret in it: it survives in no form that an encoder gives it."""

from __future__ import annotations

import base64
import re
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kkinfra.secrets.mask import SHORTEST, Mask, masked
from kkinfra.values.secret import SecretText
from secret_texts import ENCODINGS, SECRETS, TEXTS


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(secret=SECRETS, before=TEXTS, after=TEXTS)
@example(secret="a\\n\nb", before="", after="")
@example(secret="\\\\\\\"'%25&amp;", before="\\", after="\\n")
@example(secret="/\\/x\\u002f", before="%", after="25")
@example(secret="-----BEGIN KEY-----\r\nMIIB+/8=\r\n", before="x", after="y")
def test_no_encoding_survives(encoding, secret, before, after):
    encoded = ENCODINGS[encoding](secret.strip())
    shown = masked(before + encoded + after, [SecretText(secret)])
    assert "***" in shown
    assert encoded not in shown
    own = encoded.strip("'\"b\n=")
    assert len(own) < SHORTEST or own not in shown
    assert secret.strip() not in shown


@given(secret=SECRETS, before=st.binary(max_size=7), after=st.binary(max_size=7), urls=st.booleans())
def test_no_basic_authentication_survives(secret, before, after, urls):
    encode = base64.urlsafe_b64encode if urls else base64.b64encode
    content = secret.strip().encode()
    encoded = encode(before + content + after).decode()
    own = encoded[-(-len(before) * 8 // 6) : (len(before) + len(content)) * 8 // 6]
    shown = masked(f"Authorization: Basic {encoded}", [SecretText(secret)])
    assert own not in shown
    assert own[1:-1] not in shown


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="*\0")), min_size=2, max_size=6))
def test_each_line_of_eight_characters_is_one(lines):
    secret = SecretText("\n".join(lines) + "\nanother")
    for line in "\n".join(lines).splitlines():
        if len(line.strip()) >= 8:
            assert line.strip() not in masked(f"<{line.strip()}>", [secret])


@given(st.lists(SECRETS, max_size=4), TEXTS)
def test_what_holds_no_secret_stays_as_it_is(secrets, text):
    """With figures for letters, no form of a secret of letters can be there."""
    letters = [SecretText("".join(chr(ord("g") + ord(one) % 20) for one in secret)) for secret in secrets]
    figures = "".join(str(ord(one)) + " " for one in text)
    assert masked(figures, letters) == figures


def test_what_stands_around_stays():
    assert masked('{"a": "hunter22", "b": 1}', [SecretText("hunter22")]) == '{"a": "***", "b": 1}'


def test_two_secrets_that_overlap_leave_nothing_over():
    secrets = [SecretText("abcdefgh"), SecretText("efghijklmn")]
    assert masked("<abcdefghijklmn>", secrets) == masked("<abcdefghijklmn>", secrets[::-1]) == "<***>"


def test_one_secret_that_overlaps_itself_leaves_nothing_over():
    assert masked("<abcabcabcabc>", [SecretText("abcabcabc")]) == "<***>"


@pytest.mark.parametrize("short", ["", "1", "abc", " a \n", "    ", "\n\n\n\n\n"])
def test_what_is_too_short_blinds_no_text(short):
    text = "step 1/2: abc\n\n\n\n\n    done"
    assert masked(text, [SecretText(short)]) == text


def test_four_characters_are_long_enough():
    assert masked("x2b4kx", [SecretText("2b4k\n")]) == "x***x"


def test_short_lines_of_a_secret_blind_no_text():
    secret = SecretText('{\n  "key": "0123456789"\n}')
    assert masked('{"a": 1}', [secret]) == '{"a": 1}'
    assert masked('x "key": "0123456789" y', [secret]) == "x *** y"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("length", [511, 512, 513, 1025, 3000])
def test_a_long_secret_is_found_piece_by_piece(encoding, length):
    secret = "".join(chr(33 + 7 * number % 91) for number in range(length)).replace("*", "\\")
    shown = masked(f"<{ENCODINGS[encoding](secret)}>", [SecretText(secret)])
    assert re.fullmatch(r"<[b\\\"'nquot&;%2C5]*\*{3}[\\\"'nquot&;%2C53=D\n]*>", shown), shown


def test_a_long_secret_is_found_where_its_end_is_cut_off():
    secret = "".join(chr(33 + 7 * number % 91) for number in range(3000))
    assert masked(secret[:1024], [SecretText(secret)]) == "***"


def test_a_mask_is_made_once_for_many_texts():
    mask = Mask([SecretText("hunter22"), SecretText("correct horse")])
    assert [mask(text) for text in ("hunter22", "correct+horse", "none")] == ["***", "***", "none"]
    assert "hunter22" not in repr(mask)


HARD = {
    "quotes and backslashes": ('"\\' * 40, '"\\\\' * 400),
    "backslashes": ("\\" * 40 + "n", "\\" * 4000),
    "percents": ("%25" * 40, "%25" * 400),
    "ampersands": ("&amp;" * 40, "&amp;" * 400),
    "apostrophes": ("'\"'\"'" * 40, "'\"'\"'" * 400),
    "line breaks": ("a\n" * 40 + "a", "a\\n" * 400),
}


@pytest.mark.parametrize("kind", HARD)
def test_no_secret_takes_for_ever(kind):
    """With patterns that can be read in two ways, these take 2^40 steps."""
    secret, text = HARD[kind]
    code = (
        "from kkinfra.values.secret import SecretText\nfrom kkinfra.secrets.mask import masked\n"
        f"masked({text!r}, [SecretText({secret!r})])"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
