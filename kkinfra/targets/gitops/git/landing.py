"""A change that lands on the branch: written, committed and pushed, on top of whatever others pushed meanwhile."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.gitops.git.git import answer
from kkinfra.targets.gitops.git.repository import MovedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.rendering.writing import Comparison
    from kkinfra.targets.gitops.git.repository import Checkout

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Written:
    """What was written into the clone: the rendered files that change, and every path that is committed."""

    change: Comparison
    paths: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Landed:
    """The commit that the branch has now; `is_new` where it was made here. `said` are words of the repository."""

    commit: str
    is_new: bool
    change: Comparison
    said: str = ""


def land(checkout: Checkout, write: Callable[[Checkout], Written], tell: Callable[[str], None]) -> Landed:
    """Let `write` change the clone, commit that and push it; once more where the branch has moved, 5 times at most.

    Nothing is merged: `write` runs again on what others pushed, which stays. Raises DeployError.
    """
    branch = checkout.delivery.branch
    for attempt in range(_TRIES):
        written = write(checkout)
        commit = checkout.commit(written.paths, written.message)
        if commit is None:
            return Landed(checkout.tip, is_new=False, change=written.change)
        tell(f"pushing {commit[:12]} to {branch}")
        try:
            return Landed(commit, is_new=True, change=written.change, said=checkout.push(branch))
        except MovedError:
            tell(f"{branch} has moved meanwhile; once more, on top of it")
            time.sleep(random.random() * attempt / 2)  # noqa: S311 - so that two do not meet again
            checkout.renew()
    raise DeployError(
        f"{branch} of {checkout.delivery.repository} moved each of the {_TRIES} times that a commit was pushed; "
        "nothing was changed; try again when it is calm"
    )


def propose(checkout: Checkout, written: Written, environment: str) -> tuple[str, Landed]:
    """Push the change to a branch of its own, for a pull request; returns the branch, which is called after the tree.

    The same tree, proposed once more, changes nothing. Raises DeployError.
    """
    commit = checkout.commit(written.paths, written.message)
    if commit is None:
        return "", Landed(checkout.tip, is_new=False, change=written.change)
    tree = answer(checkout.top, "rev-parse", f"HEAD:{checkout.delivery.path}")
    branch = f"kkinfra/{environment}-{tree[:12]}"
    if checkout.has_branch(branch):
        return branch, Landed(commit, is_new=False, change=written.change)
    return branch, Landed(commit, is_new=True, change=written.change, said=checkout.push(branch))
