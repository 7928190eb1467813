"""Where everything is on the host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The paths below the directory that the specification names; `namespace` is the Compose project's name."""

    directory: Path
    namespace: str

    @property
    def releases(self) -> Path:
        """One directory a release: the rendered tree, `release.json`, and `secrets/`."""
        return self.directory / "releases"

    def release(self, name: str) -> Path:
        """The directory of a release."""
        return self.releases / name

    @property
    def current(self) -> Path:
        """A symbolic link to the release that serves."""
        return self.directory / "current"

    @property
    def nginx(self) -> Path:
        """What Nginx mounts: a directory that outlives releases, so that a reload sees what is new."""
        return self.directory / "nginx"

    @property
    def runs(self) -> Path:
        """One directory a run: what was asked for, and its journal."""
        return self.directory / "runs"

    @property
    def history(self) -> Path:
        """One line of JSON a run that ended."""
        return self.directory / "history.jsonl"

    @property
    def lock(self) -> Path:
        """Locked by the run that changes the host (flock(2)); its text says who that is."""
        return self.directory / "lock"

    @property
    def certificate(self) -> Path:
        """How often the authority was asked for a certificate in vain, and until when it is left alone."""
        return self.directory / "certificate.json"

    @property
    def units(self) -> Path:
        """The names of the units that are installed; it is there once all of them are, and in force."""
        return self.directory / "units"

    @property
    def program(self) -> Path:
        """This package as one executable file."""
        return self.directory / "kkinfra"

    @property
    def private(self) -> Path:
        """What must not outlive a run or a reboot (a registry's login): a directory in memory."""
        return Path("/run", f"kkinfra-{self.namespace}")
