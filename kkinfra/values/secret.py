"""A secret as a value: it prints as `***` everywhere, and only `reveal` gives its text."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, NoReturn, SupportsIndex

if TYPE_CHECKING:
    import builtins

MASK = "***"
"""What stands where a secret would."""


class SecretText:
    """Text that nothing shows by accident; JSON and pickle refuse it with a TypeError."""

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it."""
        return self.__text

    def bytes(self) -> builtins.bytes:
        """The text itself in UTF-8, as it is written to a file."""
        return self.__text.encode()

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return MASK

    def __format__(self, _: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText):
            return NotImplemented
        return hmac.compare_digest(self.bytes(), other.bytes())

    def __hash__(self) -> int:
        return hash(self.__text)

    def __reduce_ex__(self, _: SupportsIndex) -> NoReturn:
        raise TypeError("a secret is not pickled or copied; pass the value itself")
