"""A host in a directory, whose programs answer what real ones were heard to answer; this machine is never asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.process import Finished
from kkinfra.host.provision import machine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kkinfra.host.provision.machine import ProvisionedMachine

# `cat /etc/os-release` of images of 2026, shortened to what is read; Ubuntu's as on https://documentation.ubuntu.com ,
# Amazon's as on https://docs.aws.amazon.com/linux/al2023/ug/ident-os-release.html .
RELEASES = {
    "debian-12": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
    "debian-13": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
    "ubuntu-22.04": 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n',
    "ubuntu-24.04": 'PRETTY_NAME="Ubuntu 24.04.3 LTS"\nVERSION_ID="24.04"\nID=ubuntu\nID_LIKE=debian\n',
    "amzn-2023": 'PRETTY_NAME="Amazon Linux 2023.9.20251117"\nVERSION_ID="2023"\nID="amzn"\nID_LIKE="fedora"\n',
}

# `apt-cache policy docker.io docker-cli docker-compose-plugin docker-compose-v2 docker-compose`: Debian's were heard;
# Ubuntu's have the versions of https://packages.ubuntu.com/jammy-updates/docker-compose-v2 and noble/docker-compose-v2.
POLICIES = {
    "debian-12": """\
docker.io:
  Installed: (none)
  Candidate: 20.10.24+dfsg1-1+deb12u1+b6
  Version table:
     20.10.24+dfsg1-1+deb12u1+b6 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
docker-compose:
  Installed: (none)
  Candidate: 1.29.2-3
  Version table:
     1.29.2-3 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
""",
    "debian-13": """\
docker.io:
  Installed: (none)
  Candidate: 26.1.5+dfsg1-9+deb13u1+b1
  Version table:
     26.1.5+dfsg1-9+deb13u1+b1 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
docker-cli:
  Installed: (none)
  Candidate: 26.1.5+dfsg1-9+deb13u1+b1
  Version table:
     26.1.5+dfsg1-9+deb13u1+b1 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
docker-compose:
  Installed: (none)
  Candidate: 2.26.1-4
  Version table:
     2.26.1-4 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
""",
    "ubuntu-22.04": """\
docker.io:
  Installed: (none)
  Candidate: 28.2.2-0ubuntu1~22.04.1
  Version table:
     28.2.2-0ubuntu1~22.04.1 500
        500 http://archive.ubuntu.com/ubuntu jammy-updates/universe amd64 Packages
docker-compose-v2:
  Installed: (none)
  Candidate: 2.40.3+ds1-0ubuntu1~22.04.1
  Version table:
     2.40.3+ds1-0ubuntu1~22.04.1 500
        500 http://archive.ubuntu.com/ubuntu jammy-updates/universe amd64 Packages
docker-compose:
  Installed: (none)
  Candidate: 1.29.2-1
  Version table:
     1.29.2-1 500
        500 http://archive.ubuntu.com/ubuntu jammy/universe amd64 Packages
""",
    "ubuntu-24.04": """\
docker.io:
  Installed: (none)
  Candidate: 24.0.7-0ubuntu4
  Version table:
     24.0.7-0ubuntu4 500
        500 http://archive.ubuntu.com/ubuntu noble/universe amd64 Packages
docker-compose-v2:
  Installed: (none)
  Candidate: 2.24.6+ds1-0ubuntu2
  Version table:
     2.24.6+ds1-0ubuntu2 500
        500 http://archive.ubuntu.com/ubuntu noble/universe amd64 Packages
docker-compose:
  Installed: (none)
  Candidate: (none)
  Version table:
""",
}

# `dnf --quiet repoquery --latest-limit=1 --queryformat='%{name} %{version}' docker docker-compose-plugin` of dnf 4.14;
# Amazon Linux has no Compose (https://github.com/amazonlinux/amazon-linux-2023/issues/186).
REPOQUERY = "docker 25.0.14\n"


@dataclass
class RecordedMachine:
    """`answers` are by the words that a command starts with; what has none ends with 1. `asked` is all that was run."""

    root: Path
    answers: dict[tuple[str, ...], list[Finished]] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __call__(self, argv, *, seconds, variables=None, given=None) -> Finished:
        """Answer as a process would."""
        words = tuple(argv)
        self.asked.append(words)
        known = [start for start in self.answers if words[: len(start)] == start]
        answers = self.answers[max(known, key=len)] if known else [Finished(1, "", "")]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def says(self, *words: str, output: str = "", errors: str = "", code: int = 0) -> RecordedMachine:
        """From now on, a command that starts with some words is answered so."""
        self.answers[words] = [Finished(code, output, errors)]
        return self

    def then_says(self, *words: str, output: str = "", errors: str = "", code: int = 0) -> RecordedMachine:
        """After that it is answered so."""
        self.answers[words].append(Finished(code, output, errors))
        return self

    def was_asked(self, *words: str) -> list[tuple[str, ...]]:
        """All commands that were run and start with some words."""
        return [asked for asked in self.asked if asked[: len(words)] == words]

    def has(self, path: str, content: str = "", mode: int = 0o644) -> Path:
        """Put a file there."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        file.chmod(mode)
        return file

    def machine(self) -> ProvisionedMachine:
        """It, as kkinfra sees it."""
        return machine.recognise(self.told.append, self.root)


def bare(root: Path, distribution: str, monkeypatch: pytest.MonkeyPatch) -> RecordedMachine:
    """A machine on which nothing is, with a user `admin` who has a key."""
    found = RecordedMachine(root)
    monkeypatch.setattr(process, "run", found)
    for directory in ("run/systemd/system", "var/tmp", "var/lib/dpkg/updates"):
        (root / directory).mkdir(parents=True)
    found.has("/etc/os-release", RELEASES[distribution])
    found.has("/proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n")
    found.has("/usr/bin/sudo")
    found.has("/home/admin/.ssh/authorized_keys", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0 admin@laptop\n")
    found.says("getent", "passwd", "admin", output="admin:x:1000:1000::/home/admin:/bin/bash\n")
    found.says("dpkg", "--audit")
    if distribution in POLICIES:
        found.has("/var/lib/apt/lists/archive_dists_x_main_binary-amd64_Packages")
        found.says("apt-cache", output=POLICIES[distribution])
    else:
        found.says("dnf", output=REPOQUERY)
    return found
