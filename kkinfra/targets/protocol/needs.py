"""What an environment needs of the place that it runs in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Need:
    """Something that a deploy needs: what was `found`, and the `problem` where that is not enough, with what helps.

    `unseen` is why it is not known.
    """

    name: str
    found: str = ""
    problem: str = ""
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """What was looked for in `where`; `by_hand` are things that nobody can look for."""

    environment: str
    where: str
    needs: tuple[Need, ...]
    by_hand: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"needs": [asdict(each) for each in self.needs], "by_hand": list(self.by_hand)}
