"""What a secret may be, wherever it comes from: text that a file, a variable and a header can carry."""

from __future__ import annotations

from kkinfra.secrets.sources.problem import Problem
from kkinfra.values.secret import SecretText

MOST_BYTES = 65_536


def usable(content: bytes) -> SecretText:
    """The content as a secret; raises Problem where it is empty, no UTF-8, holds NUL, or is over 64 KiB."""
    if not content.strip():
        raise Problem("is empty; put the secret there")
    if len(content) > MOST_BYTES:
        raise Problem(
            f"has more than {MOST_BYTES // 1024} KiB; is this the right place? A secret is a key or a password"
        )
    if b"\0" in content:
        raise Problem("holds a NUL byte, so it is no text; write it in Base64, and decode it in the product")
    text = _decoded(content)
    if text is None:
        raise Problem("is not valid UTF-8; write it in Base64, and decode it in the product")
    return SecretText(text)


def _decoded(content: bytes) -> str | None:
    """Its text, or None; the error would carry the content, so none is chained to it."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None
