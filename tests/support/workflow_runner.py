"""Runs the scripts of a workflow as GitHub's runner does, with what the steps before left in its files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
_SHELLS = {"bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}
"""https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""


class StepError(Exception):
    """A step exited with another code than 0; the text is all that it printed."""


@dataclass
class WorkflowRunner:
    """A machine with a checked-out repository; `known` is what expressions stand for, `programs` come first on PATH.

    A step knows no variable but its own, the workflow's and GitHub's, and those in `beside`.
    """

    repository: Path
    scratch: Path
    known: dict[str, str] = field(default_factory=dict)
    programs: Path | None = None
    beside: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for directory in (self.home, self.temp):
            directory.mkdir(parents=True)
        for name in ("path", "output", "step_summary"):
            self.file(name).touch()

    @property
    def home(self) -> Path:
        return self.scratch / "home"

    @property
    def temp(self) -> Path:
        return self.scratch / "temp"

    @property
    def summary(self) -> str:
        return self.file("step_summary").read_text()

    @property
    def output(self) -> dict[str, str]:
        """What steps gave to `$GITHUB_OUTPUT`."""
        return dict(line.split("=", 1) for line in self.file("output").read_text().splitlines())

    def file(self, name: str) -> Path:
        return self.scratch / f"github_{name}"

    def run(
        self, workflow: dict[str, Any], job: str, *, only: str | tuple[str, ...] = "", but: str | tuple[str, ...] = ()
    ) -> list[str]:
        """The output of each script of a job, up to the first that fails; raises StepError."""
        steps = [step for step in workflow["jobs"][job]["steps"] if "run" in step]
        chosen = [step for step in steps if step["name"].startswith(only) and not step["name"].startswith(but)]
        assert chosen, f"no step of {job} is called {only}"
        return [self._run(workflow, step) for step in chosen]

    def _run(self, workflow: dict[str, Any], step: dict[str, Any]) -> str:
        script = self.scratch / "script.sh"
        script.write_text(step["run"])
        said = {**workflow.get("env", {}), **step.get("env", {})}
        done = subprocess.run(
            [*_SHELLS[workflow["defaults"]["run"]["shell"]], script],
            cwd=self.repository,
            env={**self._machine(), **{name: self.expand(text) for name, text in said.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode:
            raise StepError(f"{step['name']}: exit code {done.returncode}\n{done.stdout}")
        return done.stdout

    def expand(self, text: str) -> str:
        """What a text is once GitHub has put in what its expressions stand for; an unknown one is a KeyError."""
        return _EXPRESSION.sub(lambda match: self.known[match[1]], text)

    def _machine(self) -> dict[str, str]:
        added = reversed(self.file("path").read_text().splitlines())
        first = [str(self.programs)] if self.programs else []
        path = [*first, *added, str(Path(sys.executable).parent), os.environ["PATH"]]
        return {
            "PATH": os.pathsep.join(path),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_PATH": str(self.file("path")),
            "GITHUB_OUTPUT": str(self.file("output")),
            "GITHUB_STEP_SUMMARY": str(self.file("step_summary")),
            **self.beside,
        }
