"""A deploy that fails: no visitor notices, the failure is told and remembered, and what served serves on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from onlooker import answered_throughout

if TYPE_CHECKING:
    from deployer import Deployer


@dataclass(frozen=True)
class Failure:
    """What whoever deployed was told, the history's line, and the releases that visitors saw, one after another."""

    said: str
    line: dict[str, Any]
    seen: list[str]


def fails(host: Deployer, *arguments: str, **variables: str | None) -> Failure:
    """Run `kkinfra ARGUMENTS`, whose run on the host must fail."""
    ended, before = host.history(), host.serving()
    serves = current(ended)
    with answered_throughout(host.machine) as onlooker:
        done = host.run(*arguments, **variables)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = host.history()[len(ended) :]
    assert (line["action"], line["result"]) == (arguments[0], "failed")
    assert f"error: {line['why']}" in done.stderr
    assert done.stderr.rstrip().endswith(f"\nrelease {serves} serves on")
    assert current(host.history()) == serves
    assert onlooker.releases[-1] == before
    return Failure(done.stderr, line, onlooker.releases)


def is_refused(host: Deployer, *arguments: str, **variables: str | None) -> str:
    """Run `kkinfra ARGUMENTS`, which must be refused before anything is begun; returns what is told then."""
    ended = host.history()
    with answered_throughout(host.machine):
        done = host.run(*arguments, **variables)
    assert done.returncode == 1, done.stdout + done.stderr
    assert host.history() == ended
    return done.stderr


def current(history: list[dict[str, Any]]) -> str:
    """The release that serves."""
    return next(str(line["release"]) for line in reversed(history) if line["serves"])
