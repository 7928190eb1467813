"""One machine: how it is reached, and what is done to it from outside."""

from __future__ import annotations

import shlex
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.engine import text
from rehearsal.errors import RehearsalError
from rehearsal.host import keys, transfer
from rehearsal.memory import resident

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

UP_SECONDS = 60
"""For systemd, sshd and the engine to be there; seen: 3 to 6 s."""
_UNITS = """
cat > /etc/systemd/system/forward-{port}.socket <<'EOF'
[Socket]
ListenStream=127.0.0.1:{port}
[Install]
WantedBy=sockets.target
EOF
cat > /etc/systemd/system/forward-{port}.service <<'EOF'
[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd {target}
EOF
systemctl daemon-reload && systemctl enable --quiet --now forward-{port}.socket
"""
_FORGET = """
systemctl list-units --all --plain --no-legend '{project}-*' | cut -d ' ' -f 1 | xargs -r systemctl stop
rm -f /etc/systemd/system/{project}-* /etc/systemd/system/*.wants/{project}-*
systemctl daemon-reload && systemctl reset-failed
docker ps --all --quiet | xargs -r docker rm --force --volumes
docker volume ls --quiet | xargs -r docker volume rm
rm -rf /srv/{project}/* /run/kkinfra-* /home/deploy/.docker
"""


@dataclass(frozen=True)
class Machine:
    """A container that is a host; its ports for HTTP and HTTPS have the same numbers inside and on this machine."""

    container: Container
    home: Path
    network: str
    ssh_port: int
    http_port: int
    https_port: int
    has_engine: bool

    @property
    def name(self) -> str:
        """The container's name, which is its name on the network too."""
        return str(self.container.name)

    @property
    def key(self) -> Path:
        """The private key that gets in as `admin`, and as `deploy` where that user is there."""
        return self.home / "id_ed25519"

    @property
    def known_hosts(self) -> str:
        """The line of known_hosts, made of the key that the machine itself has."""
        return f"[127.0.0.1]:{self.ssh_port} {self.host_key}\n"

    @property
    def host_key(self) -> str:
        """The machine's public key: its kind and the key."""
        return " ".join(self.root("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2])

    @property
    def address(self) -> str:
        """Its address on the network, which a reboot may change."""
        self.container.reload()
        return str(self.container.attrs["NetworkSettings"]["Networks"][self.network]["IPAddress"])

    @property
    def resident(self) -> int:
        """Bytes that all its processes and containers hold, page cache left out."""
        return resident(self.container)

    def root(self, command: str, seconds: int = 60) -> str:
        """What a shell's command prints, run as root beside sshd; raises RehearsalError with its output."""
        done = self.container.exec_run(["timeout", "--kill-after=5", str(seconds), "sh", "-c", command])
        if done.exit_code:
            raise RehearsalError(f"{self.name}: {command}: exit code {done.exit_code}\n{text(done.output)[-4000:]}")
        return text(done.output)

    def ssh_command(self, user: str = "deploy") -> list[str]:
        """OpenSSH with the key and the pinned host key; the remote command goes after it."""
        return keys.ssh(user, self.ssh_port, self.key, self.home / "known_hosts")

    def ssh(self, command: str, user: str = "deploy", seconds: int = 60) -> str:
        """What a command prints over SSH; raises RehearsalError with its output."""
        called = [*self.ssh_command(user), command]
        try:
            done = subprocess.run(
                called, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise RehearsalError(f"{user}@{self.name}: {command}: no end after {seconds} s") from error
        if done.returncode:
            raise RehearsalError(f"{user}@{self.name}: {command}: {done.returncode}\n{done.stderr}{done.stdout}")
        return done.stdout

    def wait_up(self, seconds: int = UP_SECONDS) -> None:
        """Wait until sshd lets us in and the engine answers; raises RehearsalError with what is not there."""
        deadline = time.monotonic() + seconds
        question = "sudo docker version --format ok" if self.has_engine else "true"
        while True:
            try:
                self.ssh(question, "admin", seconds=10)
            except RehearsalError as error:
                if time.monotonic() > deadline:
                    log = text(self.container.exec_run(["journalctl", "--no-pager", "--lines=30"]).output)
                    raise RehearsalError(f"{self.name} is not up after {seconds} s: {error}\n{log}") from error
                time.sleep(0.3)
            else:
                return

    def reboot(self) -> None:
        """Stop everything in it as a reboot does, start it again, and wait until it is up; raises RehearsalError."""
        self.container.restart(timeout=60)
        self.wait_up()

    def forget(self, project: str = "kkambbaki") -> None:
        """Take away what deploys of a project left, so that the next one is the first; images stay."""
        self.root(_FORGET.format(project=project))

    def load(self, engine: DockerClient, *references: str) -> None:
        """Put images of this machine's engine into the machine's own; raises RehearsalError."""
        transfer.send(engine, references, [*self.ssh_command("admin"), "sudo docker load --quiet"])

    def forward(self, port: int, target: str) -> None:
        """From now on, also after a reboot, its loopback's port leads to HOST:PORT of the network."""
        self.root(_UNITS.format(port=port, target=shlex.quote(target)))

    def remove(self) -> None:
        """Remove it with all that it holds."""
        self.container.remove(force=True, v=True)
