"""One thing about the host: what is there, what would be done about it, and the doing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Item:
    """`todo` is empty where all is as wanted; `check` proves, before anything is changed, that `apply` can do it."""

    name: str
    found: str
    todo: str = ""
    apply: Callable[[], None] = _nothing
    check: Callable[[], None] = _nothing

    def as_json(self) -> dict[str, str]:
        """What the deployer shows."""
        return {"name": self.name, "found": self.found, "todo": self.todo}
