"""A Git repository with a specification and something to build."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checkout import SPEC_FILE
from programs import need

if TYPE_CHECKING:
    from pathlib import Path

REAL = SPEC_FILE.read_text(encoding="utf-8")
WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
PLAIN = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Whoever runs the tests may have settings of their own."""


@dataclass(frozen=True)
class Repository:
    """A working tree, and Git in it; times are UTC."""

    path: Path

    def git(self, *arguments: str, date: str = "2026-11-24T01:02:03+09:00") -> str:
        who = {**WHO, "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": date}
        done = subprocess.run(
            [need("git"), *arguments],
            cwd=self.path,
            env={**os.environ, **PLAIN, **who},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str = "") -> Path:
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def commit(self, message: str = "more") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def make(path: Path, spec: str = REAL, dockerfile: str = "FROM debian:bookworm-slim\nRUN echo hello\n") -> Repository:
    """A repository on the branch main, with one commit."""
    repository = Repository(path)
    repository.git("init", "--quiet", "--initial-branch", "main")
    repository.write("noxfile.py")
    repository.write(".gitignore", "/build/\n")
    repository.write("spec/environments.yaml", spec)
    repository.write("app/Dockerfile", dockerfile)
    repository.commit("first")
    return repository
