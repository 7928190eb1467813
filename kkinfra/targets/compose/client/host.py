"""The host, asked over SSH: each request is one round trip that brings its code along and is answered whole."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import ConnectionFailedError, HostError, ProcessError
from kkinfra.host.call import MARK
from kkinfra.host.plain import mapping
from kkinfra.system.process import converse
from kkinfra.targets.compose.client.code import PROGRAM, packed
from kkinfra.targets.compose.client.ssh import Connection, connection

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Compose, Ssh

    Hear = Callable[[dict[str, Any]], None]

_SILENCE_SECONDS = 60
_SSH_FAILED, _NOT_FOUND = 255, 127
_NO_SUDO = ("a password is required", "not in the sudoers", "sudo: command not found", "sudo: not found")


class LostError(ConnectionFailedError):
    """The connection ended before the answer was whole; what was asked for may go on at the host."""


@dataclass(slots=True)
class Host:
    """A host that answers requests. `trips` counts them, `seconds` is what they took together."""

    connection: Connection
    directory: str
    namespace: str
    trips: int = 0
    seconds: float = 0

    @property
    def took(self) -> str:
        """The requests that were made, over the one connection."""
        return f"{self.trips} round trip{'s' if self.trips > 1 else ''}, one connection"

    def call(
        self,
        verb: str,
        arguments: Mapping[str, Any],
        files: Mapping[str, bytes] | None = None,
        *,
        seconds: float = _SILENCE_SECONDS,
        heard: Hear | None = None,
    ) -> Any:
        """Ask the host; `seconds` is how long it may say nothing. `heard` is told every event on the way.

        Raises ConnectionFailedError (LostError, where the answer is not whole) and HostError.
        """
        self.trips += 1
        began = time.monotonic()
        mark = secrets.token_hex(8)
        found: dict[str, Any] = {}

        def hear(line: str) -> None:
            event = _parse(line)
            if event.get(MARK) == mark:
                found.update(event)
            elif event and heard is not None:
                heard(event)

        command = self.connection.remote("python3", "-I", "-c", PROGRAM)
        try:
            done = converse(command, _request(self, verb, arguments, files or {}, mark), hear, seconds=seconds)
        except ProcessError as error:
            raise error if self.trips == 1 else LostError(str(error)) from error
        finally:
            self.seconds += time.monotonic() - began
        if not found:
            raise self._failure(verb, done.code, done.errors)
        if "error" in found:
            kind, said = str(found["kind"]), str(found["error"])
            told = f"internal error on the host: {said}; please report it" if kind == "internal" else said
            raise HostError(told, kind, tuple(found.get("where", ())))
        return found["answer"]

    def _failure(self, verb: str, code: int, said: str) -> Exception:
        if code == _SSH_FAILED or "mux_client" in said:
            error = self.connection.explain(said)
            return error if "failed (" in str(error) and self.trips == 1 else LostError(str(error))
        if any(words in said for words in _NO_SUDO):
            remedy = "prepare the host: `kkinfra provision ENV --host --as ADMIN`"
            return HostError(f"{self.connection.user} may not become root on the host without a password; {remedy}")
        if code == _NOT_FOUND or "python3: command not found" in said:
            return HostError("the host has no python3; install it (`sudo apt-get install python3`), then try again")
        last = said.strip().splitlines()[-1:] or ["it says nothing"]
        return LostError(f"the host did not answer `{verb}` to its end (exit code {code}): {last[0]}")


def place_of(environment: Environment) -> tuple[Compose, Ssh]:
    """The host of an environment, and the way to it; raises DeployError where it has none."""
    from kkinfra.errors import DeployError
    from kkinfra.spec.platforms import Compose, Ssh

    platform, delivery = environment.platform, environment.delivery
    if not (isinstance(platform, Compose) and isinstance(delivery, Ssh)):
        raise DeployError(f"{environment.name} is not delivered over SSH to a host with Compose")
    return platform, delivery


@contextmanager
def connect_host(environment: Environment, *, user: str | None = None) -> Generator[Host]:
    """The host of an environment; nothing is sent yet."""
    platform, delivery = place_of(environment)
    with connection(delivery, user) as reached:
        yield Host(reached, platform.directory, environment.namespace)


def _request(host: Host, verb: str, arguments: Mapping[str, Any], files: Mapping[str, bytes], mark: str) -> bytes:
    asked = {
        "verb": verb, "arguments": arguments, "directory": host.directory, "namespace": host.namespace, "mark": mark,
    }  # fmt: skip
    request = json.dumps(asked).encode()
    head = json.dumps({"request": len(request), "files": [[name, len(each)] for name, each in files.items()]})
    return b"".join([packed(), head.encode(), b"\n", request, *files.values()])


def _parse(line: str) -> dict[str, Any]:
    """An event; a line that is none (a banner, say) is not ours."""
    try:
        return mapping(json.loads(line))
    except ValueError:
        return {}
