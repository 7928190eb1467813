"""A secret that is printed, logged, compared, stored or sent by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback

import pytest

from kkinfra.values.secret import SecretText

TEXT = "s3ntinel-9f1c4e"


@pytest.fixture
def secret():
    return SecretText(TEXT)


def test_it_is_there_for_who_asks(secret):
    assert secret.reveal() == TEXT
    assert SecretText("비밀\n").bytes() == "비밀\n".encode()


@pytest.mark.parametrize(
    "show",
    [
        str,
        repr,
        ascii,
        format,
        "{}".format,
        "{:>20}".format,
        "{0!r}".format,
        lambda secret: f"{secret} {secret!r} {secret:.3}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - logging does so
        lambda secret: str([secret]) + str({"key": secret}),
        lambda secret: json.dumps({"key": secret}, default=str),
    ],
)
def test_it_shows_stars_instead(secret, show):
    shown = show(secret)
    assert "***" in shown
    assert TEXT not in shown


def test_a_log_and_a_traceback_show_stars(secret, caplog):
    logging.getLogger("x").warning("with %s", secret)
    assert caplog.messages == ["with ***"]
    with pytest.raises(ValueError, match=r"\*\*\*") as raised:
        raise ValueError(secret)
    assert TEXT not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("give_away", [json.dumps, pickle.dumps, copy.deepcopy, copy.copy, bytes, list, len, iter])
def test_it_does_not_become_anything_else(secret, give_away):
    with pytest.raises(TypeError) as raised:
        give_away(secret)
    assert TEXT not in str(raised.value)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_no_pickle_takes_it(secret, protocol):
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret, protocol)


def test_it_has_no_attributes_that_a_debugger_lists(secret):
    assert not hasattr(secret, "__dict__")


def test_it_equals_another_of_the_same_text_and_nothing_else(secret):
    assert secret == SecretText(TEXT)
    assert hash(secret) == hash(SecretText(TEXT))
    assert secret != SecretText(TEXT + "x")
    assert secret != SecretText("비밀")
    assert secret != TEXT
