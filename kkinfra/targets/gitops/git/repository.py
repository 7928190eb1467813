"""A clone of the GitOps repository: looked at, committed to, pushed."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.gitops.git.git import NETWORK_SECONDS, answer, git
from kkinfra.targets.gitops.git.refusals import is_moved, refusal, rejection, remote_words

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from kkinfra.spec.platforms import GitOps

_NOBODY = ("-c", "user.name=kkinfra", "-c", "user.email=kkinfra@localhost")


class MovedError(DeployError):
    """Somebody else pushed to the branch in between."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A working tree of the branch in `top`, a directory of its own; methods raise DeployError."""

    delivery: GitOps
    top: Path

    @property
    def directory(self) -> Path:
        """Where the rendered tree belongs; raises DeployError where that is a symbolic link out of the clone."""
        found = self.top / str(self.delivery.path)
        if not found.resolve().is_relative_to(self.top.resolve()):
            raise DeployError(f"{self.delivery.path} leads out of {self.delivery.repository}; name another directory")
        return found

    @property
    def tip(self) -> str:
        """The commit that is checked out."""
        return answer(self.top, "rev-parse", "HEAD")

    @property
    def tree(self) -> str:
        """Git's digest of what is in the directory at the tip; empty where that is not there yet."""
        return git(self.top, "rev-parse", "--quiet", "--verify", f"HEAD:{self.delivery.path}").output.strip()

    def commit(self, paths: Iterable[str], message: str) -> str | None:
        """Commit these files, relative to the directory of the tree, and no others; None where nothing changed."""
        below = str(self.delivery.path)
        listed = self.top.parent / "paths"
        listed.write_bytes(b"".join(f"{below}/{path}".encode() + b"\0" for path in paths))
        if not listed.stat().st_size:
            return None
        named = (f"--pathspec-from-file={listed}", "--pathspec-file-nul")
        answer(self.top, "--literal-pathspecs", "add", "--all", "--force", *named)
        if git(self.top, "diff", "--cached", "--quiet", "--no-ext-diff").code == 0:
            return None
        written = self.top.parent / "message"
        written.write_text(message, encoding="utf-8")
        answer(
            self.top, *self._identity(), "commit", "--quiet", "--no-verify", "--cleanup=whitespace",
            f"--file={written}",
        )  # fmt: skip
        return self.tip

    def _identity(self) -> tuple[str, ...]:
        """Nothing where Git knows who commits; else kkinfra does."""
        written = git(self.top, "config", "--get-regexp", r"^(user|author)\.email$").code == 0
        told = any(os.environ.get(name) for name in ("GIT_AUTHOR_EMAIL", "EMAIL"))
        return () if written or told else _NOBODY

    def push(self, branch: str) -> str:
        """Push the commit, never by force; returns what the repository says. Raises MovedError."""
        what = ("--porcelain", "origin", f"HEAD:refs/heads/{branch}")
        done = git(self.top, "push", *what, seconds=NETWORK_SECONDS)
        if done.code and is_moved(done.output):
            raise MovedError(f"{branch} of {self.delivery.repository} has moved")
        if done.code:
            raise DeployError(rejection(f"{done.output}\n{done.errors}", str(self.delivery.repository), branch))
        return remote_words(done.errors)

    def has_branch(self, branch: str) -> bool:
        """Whether the repository has a branch."""
        found = _reached(self.delivery, branch, self.top, "ls-remote", "--heads", "origin", f"refs/heads/{branch}")
        return bool(found.strip())

    def renew(self) -> None:
        """Be where the branch is now; what was committed here and not pushed is forgotten."""
        self._fetch()
        answer(self.top, "reset", "--quiet", "--hard", "FETCH_HEAD")
        answer(self.top, "clean", "--quiet", "-ffdx")

    def includes(self, commit: str, revision: str) -> bool:
        """Whether `revision` is the commit, or came after it; False where it is not known, here or there."""
        if revision == commit:
            return True
        if git(self.top, "cat-file", "-e", f"{revision}^{{commit}}").code:
            self._fetch()
        return git(self.top, "merge-base", "--is-ancestor", commit, revision).code == 0

    @contextmanager
    def at(self, commit: str) -> Generator[Path]:
        """The directory of the tree as it was at a commit."""
        with TemporaryDirectory(prefix="at-", dir=self.top.parent) as place:
            there = Path(place) / "tree"
            what = ("--quiet", "--detach", str(there), commit)
            _reached(self.delivery, self.delivery.branch, self.top, "worktree", "add", *what)
            try:
                yield there / str(self.delivery.path)
            finally:
                git(self.top, "worktree", "remove", "--force", str(there))

    def _fetch(self) -> None:
        branch = self.delivery.branch
        _reached(self.delivery, branch, self.top, "fetch", "--quiet", "--no-tags", "origin", f"refs/heads/{branch}")


@contextmanager
def cloned(delivery: GitOps, *, history: bool = False) -> Generator[Checkout]:
    """A clone that is removed afterwards; shallow, or with all commits. Raises DeployError.

    With the whole history, old files are fetched only where they are looked at (git-clone(1), --filter).
    """
    depth = ("--filter=blob:none",) if history else ("--depth=1",)
    with TemporaryDirectory(prefix="kkinfra-gitops-") as place:
        top = Path(place) / "clone"
        how = ("--quiet", "--single-branch", "--no-tags", "--origin=origin", "--config=core.autocrlf=false", *depth)
        what = ("--branch", delivery.branch, "--", str(delivery.repository), str(top))
        _reached(delivery, delivery.branch, place, "clone", *how, *what)
        yield Checkout(delivery, top)


def _reached(delivery: GitOps, branch: str, directory: Path | str, *arguments: str) -> str:
    """What Git prints of something for which it asks the repository; raises DeployError with cause and remedy."""
    done = git(directory, *arguments, seconds=NETWORK_SECONDS)
    if done.code:
        raise DeployError(refusal(done.errors, str(delivery.repository), branch))
    return done.output
