"""A document of a secret's source: an object, or none, however it is broken."""

from __future__ import annotations

import pytest

from kkinfra.secrets.sources.json_object import json_object


def test_an_object_is_read():
    assert json_object('{"A": "1", "B": {"C": 2}}') == {"A": "1", "B": {"C": 2}}


@pytest.mark.parametrize("text", ["", "null", "[]", '"x"', "{", '{"A": "1"', "[" * 100_000, '{"A":' * 100_000])
def test_anything_else_is_none(text):
    assert json_object(text) is None
