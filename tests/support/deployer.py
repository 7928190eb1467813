"""Whoever deploys to a machine: a project directory of its own, its secrets, and the command as a person calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import visit
from rehearsal.host import spec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rehearsal.database import Database
    from rehearsal.host.machine import Machine
    from rehearsal.host.registry import LocalRegistry
    from rehearsal.host.variants import Releases

ENVIRONMENT = "production"
SECONDS = 420
_CONFIG = """Host *
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known_hosts}
"""


@dataclass
class Deployer:
    """`home` is the project's directory; `values` are its secrets, by variable."""

    home: Path
    machine: Machine
    registry: LocalRegistry
    database: Database
    releases: Releases
    values: dict[str, str] = field(repr=False)

    def write(self, image: str = "a", changes: Mapping[str, Any] | None = None) -> None:
        """Write the specification, with a variant's image, and changes of its environment."""
        text = spec.text(self.machine, self.registry, self.database.address, self.releases[image], changes)
        spec.write(self.home, text)
        self.write_ssh_config()

    def write_ssh_config(self) -> None:
        """Write what SSH needs to know: the key, and the machine's own."""
        config = _CONFIG.format(key=self.machine.key, known_hosts=self.machine.home / "known_hosts")
        (self.home / "ssh_config").write_text(config)

    def trusting(self, authority: str) -> Deployer:
        """The same, who takes a certificate that an authority (PEM) issued."""
        file = self.home / "authority.pem"
        file.write_text(authority)
        return replace(self, values={**self.values, "SSL_CERT_FILE": str(file)})

    def call(self, *arguments: str, **variables: str | None) -> dict[str, Any]:
        """What `subprocess` needs to run `kkinfra ARGUMENTS`; a variable that is None is taken away."""
        environment = {
            **os.environ, **self.values, "NO_COLOR": "1", "KKINFRA_SSH_COMMAND": f"ssh -F {self.home / 'ssh_config'}",
            **variables,
        }  # fmt: skip
        return {
            "args": [sys.executable, "-m", "kkinfra", *arguments],
            "cwd": self.home,
            "env": {name: value for name, value in environment.items() if value is not None},
            "stdin": subprocess.DEVNULL,
        }

    def run(self, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Run `kkinfra ARGUMENTS` to its end; no traceback ever reaches whoever deploys."""
        call = self.call(*arguments, **variables)
        done = subprocess.run(**call, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def start(self, *arguments: str, **variables: str | None) -> subprocess.Popen[str]:
        """The same, without waiting for its end."""
        call = self.call(*arguments, **variables)
        return subprocess.Popen(**call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def deploy(self, image: str, *flags: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Deploy a variant, whatever comes of it."""
        return self.run(*self.deploying(image, *flags), **variables)

    def deploying(self, image: str, *flags: str) -> tuple[str, ...]:
        """The arguments that deploy a variant."""
        return ("deploy", ENVIRONMENT, "--image", self.releases[image], "--yes", "--timeout", "90", *flags)

    def serve(self, image: str = "a") -> dict[str, Any]:
        """See to it that a variant serves, and that nothing of the host differs from what was deployed."""
        done = self.deploy(image, "-o", "json", "--lock-wait", "120")
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.serving() == image

    def serve_either(self, *images: str) -> str:
        """See to it that one of some variants serves, whichever does already; returns which one."""
        try:
            serving = self.serving()
        except OSError:
            serving = ""
        found = serving if serving in images else images[0]
        self.serve(found)
        return found

    def serving(self) -> str:
        """The name of the release that answers now, or its status where that is bad; raises OSError where none does."""
        answer = visit.ask(self.machine)
        return answer.release if answer.is_good else str(answer.status)

    def comes_to_serve(self, image: str, seconds: int = 60) -> bool:
        """Whether a release comes to answer within some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.serving() == image:
                    return True
            except OSError:
                pass
            time.sleep(0.5)
        return False

    def history(self) -> list[dict[str, Any]]:
        """The runs that ended, oldest first."""
        done = self.run("history", ENVIRONMENT, "-o", "json")
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout)["runs"])

    def status(self) -> dict[str, Any]:
        """What `kkinfra status -o json` tells."""
        done = self.run("status", ENVIRONMENT, "-o", "json")
        return dict(json.loads(done.stdout))


def outcome(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """What `-o json` tells of how a deploy, or a rollback, ended, with what is the host's own."""
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)["outcome"]
    return {**found["details"], **found}


def planned(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    """By part, what a plan of `-o json` says of it, and the lines behind that."""
    changes = json.loads(done.stdout)["plan"]["changes"]
    return {
        each["identity"]: [each["note"], *(line for one in each["fields"] for line in one["lines"])] for each in changes
    }
