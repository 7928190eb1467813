"""Asking a person before something is changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError

if TYPE_CHECKING:
    from kkinfra.console.manner import Agreed


def require_agreement(options: Agreed, question: str) -> None:
    """Ask, unless --yes has said so; raises DeployError where nobody can answer, or the answer is no."""
    if options.yes:
        return
    if not sys.stdin.isatty():
        look = "look with --dry-run, then " if hasattr(options, "dry_run") else ""
        raise DeployError(f"nobody is here to be asked, and nothing was changed; {look}add --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise DeployError("not agreed to; nothing was changed")
