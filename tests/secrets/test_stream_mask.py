"""A secret that comes in pieces is masked as in one, and all else comes out as it came in."""

from __future__ import annotations

import base64
import json
import random
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.secrets.mask import Mask
from kkinfra.secrets.stream_mask import StreamMask
from kkinfra.values.secret import SecretText
from secret_texts import ENCODINGS, SECRETS, TEXTS

SECRET = "sentinel-7261-pass"  # noqa: S105 - of no account


def streamed(mask, pieces):
    stream = StreamMask(mask)
    return b"".join([*map(stream.feed, pieces), stream.flush()])


def cut(data, places):
    at = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(at)]


@given(
    secrets=st.lists(SECRETS, min_size=1, max_size=3), data=st.data(), texts=st.lists(TEXTS, max_size=6),
    places=st.lists(st.integers(0, 10_000), max_size=12),
)  # fmt: skip
def test_any_split_gives_the_same_as_the_whole(secrets, data, texts, places):
    mask = Mask(map(SecretText, secrets))
    written = st.builds(
        lambda encode, text: encode(text), st.sampled_from(list(ENCODINGS.values())), st.sampled_from(secrets)
    )
    pieces = [piece for text in texts for piece in (text, data.draw(written))]
    text = "".join(pieces)
    assert streamed(mask, cut(text.encode(), places)).decode() == mask(text)


@given(st.binary(max_size=3000), st.lists(st.integers(0, 10_000), max_size=12))
def test_bytes_that_are_no_text_come_out_as_they_came_in(data, places):
    assert streamed(Mask([SecretText(SECRET)]), cut(data, places)) == data


@pytest.mark.parametrize("size", [5, 64])
def test_a_secret_in_much_text_is_masked_however_it_is_cut(size):
    long = json.dumps(SECRET * 3) + base64.b64encode(f"x{SECRET}".encode()).decode()
    text = "".join(f"{'word ' * 60}{SECRET}{'-' * (index % 50)}{long}" for index in range(40))
    mask, data = Mask([SecretText(SECRET), SecretText("another one")]), text.encode()
    assert streamed(mask, [data[at : at + size] for at in range(0, len(data), size)]).decode() == mask(text)


def test_what_is_kept_back_appears_when_nothing_comes():
    stream = StreamMask(Mask([SecretText(SECRET)]))
    assert (stream.feed(b"Password: "), stream.is_holding) == (b"", True)
    assert (stream.flush(), stream.is_holding) == (b"Password: ", False)
    assert (
        stream.feed("é".encode()[:1]) + stream.flush() + stream.feed("é".encode()[1:]) + stream.flush() == "é".encode()
    )


def test_without_secrets_nothing_is_kept_back():
    stream = StreamMask(Mask([]))
    assert (stream.feed(b"\xffabc"), stream.is_holding, stream.flush()) == (b"\xffabc", False, b"")


def test_much_comes_through_in_a_moment():
    secrets = [SecretText(f"{SECRET}-{index}" * 3) for index in range(10)]
    data, began = random.Random(7).randbytes(1 << 20), time.monotonic()  # noqa: S311
    assert streamed(Mask(secrets), [data[at : at + 32_768] for at in range(0, len(data), 32_768)]) == data
    assert time.monotonic() - began < 20
