"""What PostgreSQL keeps of a password (SCRAM-SHA-256); with it nobody logs in, so that it may travel.

RFC 5803 (the form), RFC 5802 (the keys), RFC 4013 (SASLprep), and PostgreSQL's src/common/scram-common.c.
"""

from __future__ import annotations

import hashlib
import hmac
import stringprep
import unicodedata
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.values.secret import SecretText

ITERATIONS = 4096
"""PostgreSQL's own number (https://www.postgresql.org/docs/15/auth-password.html)."""

_PROHIBITED = (
    stringprep.in_table_c12, stringprep.in_table_c21_c22, stringprep.in_table_c3, stringprep.in_table_c4,
    stringprep.in_table_c5, stringprep.in_table_c6, stringprep.in_table_c7, stringprep.in_table_c8,
    stringprep.in_table_c9, stringprep.in_table_a1,
)  # fmt: skip


def verifier(password: SecretText, salt: bytes, iterations: int = ITERATIONS) -> str:
    """The text that `ALTER ROLE ... PASSWORD` takes in place of the password; `salt` is 16 random bytes."""
    salted = hashlib.pbkdf2_hmac("sha256", _prepared(password.reveal()), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    in_text = [b64encode(each).decode() for each in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{in_text[0]}${in_text[1]}:{in_text[2]}"


def _prepared(password: str) -> bytes:
    """The password as SASLprep has it; where that forbids it, as it is, which is what PostgreSQL does."""
    if password.isascii():
        return password.encode()
    mapped = "".join(
        " " if stringprep.in_table_c12(each) else each for each in password if not stringprep.in_table_b1(each)
    )
    found = unicodedata.normalize("NFKC", mapped)
    forbidden = any(table(each) for each in found for table in _PROHIBITED)
    return password.encode() if not found or forbidden or _mixes_directions(found) else found.encode()


def _mixes_directions(text: str) -> bool:
    """Whether text that runs from right to left is not so from end to end (RFC 3454, section 6)."""
    if not any(map(stringprep.in_table_d1, text)):
        return False
    ends = stringprep.in_table_d1(text[0]) and stringprep.in_table_d1(text[-1])
    return not ends or any(map(stringprep.in_table_d2, text))
