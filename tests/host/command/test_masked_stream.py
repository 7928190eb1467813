"""Secrets in what comes piece by piece."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.host.command.masked_stream import MaskedStream

SECRET = "sentinel-password"  # noqa: S105 - of nothing


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def pieces(stream, *given):
    return b"".join([*(stream.feed(each) for each in given), stream.rest()])


@settings(max_examples=200)
@given(st.lists(st.sampled_from([SECRET, "hunter22", "hunter22-longer", "x", "\n", "sentinel", "비밀번호"])), st.data())
def test_however_it_is_cut_the_same_is_told(words, data):
    whole = "".join(words).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)))))
    cut = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    secrets = [SECRET, "hunter22", "hunter22-longer", "비밀번호"]
    told = pieces(MaskedStream(secrets), *cut)
    assert told == pieces(MaskedStream(secrets), whole)
    assert not any(each.encode() in told for each in secrets)


@settings(max_examples=100)
@given(st.lists(st.binary()))
def test_without_secrets_every_byte_is_told_at_once(content):
    stream = MaskedStream([])
    assert b"".join(map(stream.feed, content)) == b"".join(content)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([b"a sentinel-", b"password b"], b"a *** b"),
        ([b"s", b"e", b"ntinel-passwor", b"d"], b"***"),
        ([b"sentinel-sentinel-password"], b"sentinel-***"),
        ([b"sentinel-passwort"], b"sentinel-passwort"),
        ([b'{"k": "a\\"b', b'\\\\c"}'], b'{"k": "***"}'),
    ],
)
def test_it_reads_like_this(given, told):
    assert pieces(MaskedStream([SECRET, 'a"b\\c']), *given) == told


def test_a_prompt_that_ends_as_a_secret_begins_appears_after_a_moment():
    clock = Clock()
    stream = MaskedStream([SECRET], clock)
    assert stream.feed(b"Password: s") == b"Password: "
    assert stream.due_at == pytest.approx(0.1)
    assert stream.due() == b""
    clock.now = 0.2
    assert stream.due() == b"s"
    assert stream.due_at is None
    assert stream.rest() == b""


def test_what_follows_something_that_was_shown_is_masked_still():
    clock = Clock()
    stream = MaskedStream([SECRET], clock)
    told = b""
    for letter in SECRET[:2]:
        told += stream.feed(letter.encode())
        clock.now += 1
        told += stream.due()
    assert told == b"se"
    told += stream.feed(SECRET[2:5].encode())
    clock.now += 1
    assert stream.due() == b""  # five letters of it are no accident, for two seconds
    told += stream.feed(SECRET[5:].encode()) + stream.feed(b"!")
    assert told == b"se***!"


def test_a_short_secret_that_begins_a_longer_one_is_not_shown_when_it_is_due():
    clock = Clock()
    stream = MaskedStream(["hunter22", "hunter22-longer"], clock)
    assert stream.feed(b"hunter22") == b""
    clock.now = 3
    assert stream.due() == b"***"
