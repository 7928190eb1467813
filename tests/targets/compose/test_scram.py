"""What PostgreSQL keeps of a password, computed here; `test_provision_database.py` shows that PostgreSQL takes it."""

from __future__ import annotations

from base64 import b64decode

from kkinfra.targets.compose.scram import verifier
from kkinfra.values.secret import SecretText

SALT = b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")


def test_the_example_of_rfc_7677():
    assert verifier(SecretText("pencil"), SALT) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_what_saslprep_makes_the_same_is_the_same():
    """RFC 4013, section 3: a soft hyphen goes, a letter of another form becomes the plain one."""
    assert verifier(SecretText("I\N{SOFT HYPHEN}X"), SALT) == verifier(SecretText("IX"), SALT)
    assert verifier(SecretText("\N{ROMAN NUMERAL NINE}"), SALT) == verifier(SecretText("IX"), SALT)
    assert verifier(SecretText("IX"), SALT) != verifier(SecretText("ix"), SALT)


def test_what_saslprep_forbids_stays_as_it_is():
    mixed = "\N{ARABIC LETTER ALEF}1"
    assert verifier(SecretText(mixed), SALT) != verifier(SecretText("1"), SALT)
    assert verifier(SecretText("\N{SOFT HYPHEN}"), SALT).startswith("SCRAM-SHA-256$4096:")
