"""The mark in Git of an environment that was rolled back, and stays so until it is resumed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.values.moment import minute
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from pathlib import Path

MARK = ".kkinfra-rolled-back.json"
"""A file beside the rendered ones, which neither Argo CD nor kustomize reads."""


@dataclass(frozen=True, slots=True)
class RolledBack:
    """`to` is the commit that serves again, `at` Unix time; `override` is the file of overrides as it was before."""

    to: str
    image: str
    who: str
    at: float
    override: str | None = None

    def __str__(self) -> str:
        """Who went back to what, and when."""
        when = minute(self.at)
        return f"rolled back to {self.to[:12]} ({self.image}) by {self.who}, {when}"

    @property
    def text(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"


def mark_in(directory: Path) -> RolledBack | None:
    """The mark, or None where there is none; raises DeployError where it is none of kkinfra's."""
    try:
        found = json.loads((directory / MARK).read_text(encoding="utf-8"))
        if is_mapping(found):
            return RolledBack(
                str(found["to"]), str(found["image"]), str(found["who"]), float(found["at"]), found["override"]
            )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise DeployError(f"{MARK} in Git cannot be read; remove it there, or restore it")


def refuse_rolled_back(directory: Path, environment: str) -> None:
    """Raises DeployError where the environment stays rolled back."""
    mark = mark_in(directory)
    if mark:
        raise DeployError(
            f"{environment} was {mark}, and stays so until `kkinfra resume {environment}`; nothing was changed"
        )
