"""The one action that is used, as its very commit: a tag can be moved to other code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra_github_actions.step import Step

_USES = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
_VERSION = "v7.0.1"

COMMENTS = {f"uses: {_USES}": _VERSION}
"""The version behind the commit, which people and tools that update it read."""


def checkout() -> Step:
    """The commit that the run is about, without leaving the token behind for later steps."""
    return {"name": "Check out the repository", "uses": _USES, "with": {"persist-credentials": False}}
