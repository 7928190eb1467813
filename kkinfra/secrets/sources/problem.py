"""What is wrong with one secret."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818 - it is collected, and only SecretError goes to callers
    """Why a secret cannot be used and what to do, in words that never hold any of it."""
