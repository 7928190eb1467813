"""What Git says when it fails, as cause and remedy."""

from __future__ import annotations

import re

from kkinfra.targets.gitops.git.git import without_credentials

_CAUSES = (
    (
        r"Remote branch .* not found|couldn't find remote ref|Could not find remote branch",
        "{repository} has no branch {branch}; create it there, or correct delivery.branch in the spec",
    ),
    (
        r"Host key verification failed",
        "the SSH key of the host of {repository} is not known; connect once with ssh, and compare its fingerprint",
    ),
    (
        r"prompts disabled|could not read (User|Pass)|Authentication failed|Permission denied \(publickey|\b401\b",
        "nobody is signed in to {repository}; set up a credential helper or an SSH agent, see gitcredentials(7)",
    ),
    (
        r"Permission to .* denied|\b403\b|not allowed to push|insufficient permission|read.only",
        "whoever is signed in may not write to {repository}; ask its owner for the right to push to {branch}",
    ),
    (
        r"Could not resolve host|Failed to connect|Connection (refused|timed out|reset)|unreachable|Couldn't connect",
        "{repository} is not reached; is this machine online, and in the right network?",
    ),
    (
        r"Repository not found|repository .* not found|does not appear to be a git repository|does not exist",
        "there is no {repository}, or it is hidden from whoever is signed in; correct the spec, or ask for access",
    ),
)

_MOVED = re.compile(
    r"^!.*(\(fetch first\)|\(non-fast-forward\)|\(stale info\)|cannot lock ref|incorrect old value|reference already "
    r"exists|failed to update ref)",
    re.MULTILINE,
)
_SHOWN_LINES = 20


def refusal(said: str, repository: str, branch: str) -> str:
    """Cause and remedy, below which stands what Git said."""
    cause = next((told for form, told in _CAUSES if re.search(form, said, re.IGNORECASE)), "Git refuses {repository}")
    return without_credentials(f"{cause.format(repository=repository, branch=branch)}\n{shown(said)}")


def rejection(said: str, repository: str, branch: str) -> str:
    """The same of a push: where a hook of the repository declines it, its own words come first."""
    words = remote_words(said)
    if "[remote rejected]" in said:
        told = words or shown(said)
        problem = f"{repository} does not take the push to {branch}; it says:\n{told}\nnothing was changed there"
        return without_credentials(problem)
    return refusal(said, repository, branch)


def is_moved(porcelain: str) -> bool:
    """Whether a push failed only since somebody else pushed first (git-push(1), --porcelain)."""
    return _MOVED.search(porcelain) is not None


def remote_words(said: str) -> str:
    """What the repository's own hooks said, indented; empty where they said nothing."""
    lines = [line.partition("remote:")[2].strip() for line in said.splitlines() if line.startswith("remote:")]
    return "\n".join(f"  {line}" for line in lines if line)


def shown(said: str) -> str:
    """The last lines of what Git said, indented."""
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return "\n".join(f"  {line}" for line in lines[-_SHOWN_LINES:]) or "  it says nothing"
