"""Which revision of a repository is being built: commit, branch, and what differs from the commit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from kkinfra.errors import RevisionError
from kkinfra.system.command import Command
from kkinfra.system.process import run

_SECONDS = 60
_NOWHERE = "(detached)"
_UNBORN = "(initial)"
_REMOTES = (
    (r"(https?://)([^@/\s]*@)?([^@/?#\s]+/[^?#\s]+)([?#].*)?", r"\1\3"),
    (r"ssh://([^@/\s]*@)?([^@/:\s]+)(:[0-9]+)?/([^\s]+)", r"https://\2/\4"),
    (r"([^@/:\s]+@)?([A-Za-z0-9.-]+):(?!/)([^\s]+)", r"https://\2/\3"),
)
"""Forms of a remote, and the web address of each: HTTP, SSH, and SSH as scp writes it."""

_FIELDS_BEFORE_PATH = {"1": 8, "2": 9, "u": 10, "?": 1}


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit, and how the working tree differs from it.

    `commit` is the whole hash; `branch` is empty where HEAD is detached; `created` is the committer's time,
    in UTC (RFC 3339); `changes` are paths, untracked files among them and ignored ones not; `source` is the web
    address of the remote called origin, or empty.
    """

    commit: str
    branch: str
    created: str
    changes: tuple[str, ...] = ()
    source: str = ""

    @property
    def is_dirty(self) -> bool:
        """Whether the tree holds anything that the commit does not say."""
        return bool(self.changes)


def revision_of(directory: str) -> Revision:
    """The revision of the repository that a directory is in; raises RevisionError, or ProcessError without Git."""
    lines = _git(
        directory,
        *("--no-optional-locks", "status", "--porcelain=v2", "--branch", "-z"),
        *("--untracked-files=normal", "--ignore-submodules=none"),
    ).split("\0")
    headers = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# branch."))
    commit, branch = headers["branch.oid"], headers["branch.head"]
    if commit == _UNBORN:
        raise RevisionError(f"{directory} has no commit yet, and images are called after one; commit first")
    seconds = _git(directory, "-c", "log.showSignature=false", "show", "--no-patch", "--format=%ct", commit)
    created = datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    remote = run(_command(directory, "config", "--get", "remote.origin.url"), seconds=_SECONDS).output.strip()
    return Revision(commit, "" if branch == _NOWHERE else branch, created, _changes(lines), source_url(remote))


def _changes(lines: list[str]) -> tuple[str, ...]:
    """The paths of `git status --porcelain=v2 -z`, in which the old name of a renamed file follows it."""
    found: list[str] = []
    entries = iter(lines)
    for entry in entries:
        kind = entry[:1]
        if kind in _FIELDS_BEFORE_PATH:
            found.append(entry.split(" ", _FIELDS_BEFORE_PATH[kind])[-1])
        if kind == "2":
            next(entries)
    return tuple(found)


def source_url(remote: str) -> str:
    """The web address of a Git remote, without credentials; empty for one that has none (a path, say)."""
    for form, address in _REMOTES:
        match = re.fullmatch(form, remote)
        if match:
            return match.expand(address).rstrip("/").removesuffix(".git")
    return ""


def _git(directory: str, *arguments: str) -> str:
    done = run(_command(directory, *arguments), seconds=_SECONDS)
    if done.code:
        raise RevisionError(_refusal(directory, done.errors.strip()))
    return done.output


def _command(directory: str, *arguments: str) -> Command:
    return Command(("git", *arguments), directory)


def _refusal(directory: str, said: str) -> str:
    if "not a git repository" in said:
        problem = f"{directory} is not in a Git repository, and images are called after a commit"
        return f"{problem}; write `git init`, and commit what is to be built"
    if "dubious ownership" in said:
        problem = f"the repository of {directory} belongs to somebody else, and Git does not trust it"
        return f"{problem}; if you do: git config --global --add safe.directory {directory}"
    return f"Git does not tell the revision of {directory}: {said.splitlines()[-1] if said else 'it says nothing'}"
