"""The Docker engine, asked over its own socket: far less work for a small host than a client program a question.

https://docs.docker.com/reference/api/engine/ : paths without a version mean the newest that the engine has.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from kkinfra.host import platforms
from kkinfra.host.errors import HostError
from kkinfra.host.plain import mapping

SOCKET = "/var/run/docker.sock"
_SECONDS = 30
_NANO = 1_000_000_000
_SWITCHED, _OK, _NOT_MODIFIED, _NOT_FOUND = 101, 200, 304, 404
_PROJECT, _SERVICE = "com.docker.compose.project", "com.docker.compose.service"


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("engine", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True)
class EngineContainer:
    """A container, as the engine describes it (`docker inspect`)."""

    facts: dict[str, Any]

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.facts["Id"])

    @property
    def name(self) -> str:
        """Its name, without the slash."""
        return str(self.facts["Name"]).lstrip("/")

    @property
    def labels(self) -> dict[str, str]:
        """Its labels."""
        return mapping(self.facts["Config"].get("Labels"))

    @property
    def service(self) -> str:
        """The service of the Compose project that it runs."""
        return self.labels.get(_SERVICE, "")

    @property
    def is_one_off(self) -> bool:
        """Whether `docker compose run` made it."""
        return self.labels.get("com.docker.compose.oneoff") == "True"

    @property
    def state(self) -> dict[str, Any]:
        """What it does."""
        return dict(self.facts["State"])

    @property
    def is_running(self) -> bool:
        """Whether it runs, and is not about to be started again."""
        return bool(self.state.get("Running")) and not self.state.get("Restarting")

    @property
    def health(self) -> str:
        """What Docker's own check says: `healthy`, `starting`, `unhealthy`, or nothing."""
        return str(mapping(self.state.get("Health")).get("Status", ""))

    @property
    def image(self) -> str:
        """The image that it was made from, as it was named."""
        return str(self.facts["Config"]["Image"])

    @property
    def cpus(self) -> float:
        """The processors that it may use, in thousandths: Compose multiplies 1.101 to 1100999936 (float32)."""
        return round(float(self.facts["HostConfig"].get("NanoCpus") or 0) / _NANO, 3)

    def mounted_from(self, target: str) -> str:
        """Where on the host a mount comes from, or nothing."""
        found = (mount.get("Source", "") for mount in self.facts.get("Mounts", ()) if mount["Destination"] == target)
        return str(next(found, ""))


@dataclass(frozen=True)
class HostEngine:
    """The engine of this host. Every method raises HostError where it does not answer, or refuses."""

    path: str = SOCKET

    def attach(self, path: str, document: dict[str, Any] | None = None, **query: Any) -> tuple[socket.socket, bytes]:
        """Both streams of a process as one socket, and what it said already; raises HostError, with what is refused.

        https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
        """
        body = b"" if document is None else json.dumps(document).encode()
        head = (
            f"POST {path}?{urlencode(query)} HTTP/1.1\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        stream.settimeout(_SECONDS)
        try:
            stream.connect(self.path)
            stream.sendall(head.encode() + body)
            said = b""
            while b"\r\n\r\n" not in said:
                said += _received(stream)
            told, _, first = said.partition(b"\r\n\r\n")
            if int(told.split()[1]) == _SWITCHED:
                return stream, first
            why = _message(first or _received(stream))
        except (OSError, ValueError, IndexError) as error:
            why = str(error)
        stream.close()
        raise HostError(f"the Docker engine refuses {path}: {why}")

    def send(self, path: str, document: dict[str, Any], **query: Any) -> Any:
        """The JSON that it answers to a document; raises HostError where it refuses."""
        return self.ask("POST", path, document=document, **query)

    def ask(
        self, method: str, path: str, seconds: float = _SECONDS, document: dict[str, Any] | None = None, **query: Any
    ) -> Any:
        """The JSON that it answers, or None where it has nothing to say."""
        status, said = self._ask(method, path, seconds, document=document, **query)
        if status >= _OK + 200:
            raise HostError(f"the Docker engine refuses {method} {path}: {_message(said)}")
        return json.loads(said) if said and status != _NOT_MODIFIED else None

    def find(self, path: str, headers: dict[str, str] | None = None, seconds: float = _SECONDS) -> tuple[Any, str]:
        """The JSON that it answers and nothing, or None and why it refuses."""
        status, said = self._ask("GET", path, seconds, headers)
        return (json.loads(said), "") if status == _OK else (None, _message(said))

    def containers(self, project: str) -> list[EngineContainer]:
        """All containers of a Compose project, running or not."""
        filters = json.dumps({"label": [f"{_PROJECT}={project}"]})
        listed = self.ask("GET", "/containers/json", all="true", filters=filters)
        found = (self.find(f"/containers/{each['Id']}/json")[0] for each in listed)
        return [EngineContainer(each) for each in found if each is not None]

    def container(self, name: str) -> EngineContainer | None:
        """A container by name or identifier, or None."""
        found, _ = self.find(f"/containers/{quote(name)}/json")
        return None if found is None else EngineContainer(found)

    def platform(self) -> str:
        """The platform that it runs on, as in `linux/amd64`."""
        return platforms.of_engine(self.ask("GET", "/version"))

    def image(self, reference: str) -> dict[str, Any] | None:
        """What it knows of an image that it has, or None."""
        found, _ = self.find(f"/images/{quote(reference)}/json")
        return None if found is None else dict(found)

    def volume(self, name: str) -> str:
        """The directory of a volume, or nothing where there is no such volume."""
        found, _ = self.find(f"/volumes/{quote(name)}")
        return "" if found is None else str(found["Mountpoint"])

    def stop(self, container: EngineContainer, seconds: int) -> None:
        """Ask a container to end, and kill it after so many seconds."""
        self.ask("POST", f"/containers/{container.id}/stop", seconds=seconds + _SECONDS, t=seconds)

    def remove(self, container: EngineContainer) -> None:
        """Remove a container, with its anonymous volumes; one that is gone already is fine."""
        path = f"/containers/{container.id}"
        status, said = self._ask("DELETE", path, force="true", v="true")
        if status >= _OK + 200 and status != _NOT_FOUND and "already in progress" not in _message(said):
            raise HostError(f"the Docker engine does not remove {container.name}: {_message(said)}")

    def kill(self, container: EngineContainer, name: str) -> None:
        """Send a signal (`HUP`) to the first process of a container; raises HostError where it has none.

        Not through the engine, which would take the container for stopped by hand, and start it neither when it ends
        nor at boot (https://github.com/moby/moby/issues/41302).
        """
        pid = int(container.state.get("Pid") or 0)
        gone = HostError(f"{container.name} does not run any more")
        if not pid:
            raise gone
        try:
            os.kill(pid, signal.Signals[f"SIG{name}"])
        except ProcessLookupError:
            raise gone from None

    def was_out_of_memory(self, container: EngineContainer, since: float, until: float) -> bool:
        """Whether the kernel killed a process of it for want of memory; `OOMKilled` tells of the first process only."""
        filters = json.dumps({"container": [container.id], "event": ["oom"]})
        status, said = self._ask("GET", "/events", since=f"{since:.0f}", until=f"{until:.0f}", filters=filters)
        return bool(container.state.get("OOMKilled")) or (status == _OK and b'"oom"' in said)

    def exit_codes(self, container: EngineContainer) -> list[int]:
        """With what a container ended, each time that it did, as far as the engine remembers its last 256 events."""
        filters = json.dumps({"container": [container.id], "event": ["die"]})
        status, said = self._ask("GET", "/events", since=0, until=f"{time.time():.0f}", filters=filters)
        ends = (json.loads(line) for line in said.splitlines()) if status == _OK else ()
        return [int(each["Actor"]["Attributes"]["exitCode"]) for each in ends]

    def logs(self, container: EngineContainer, lines: int, *, timestamps: bool = False) -> str:
        """The last lines of what a container printed, on both streams; with the time (RFC 3339) of each where asked."""
        query: dict[str, Any] = {"stdout": 1, "stderr": 1, "tail": lines, "timestamps": int(timestamps)}
        status, said = self._ask("GET", f"/containers/{container.id}/logs", **query)
        return _without_frames(said).decode(errors="replace").rstrip("\n") if status == _OK else ""

    def errors(self, container: EngineContainer, since: float, lines: int) -> str:
        """The last lines of what a container printed on its standard error alone, since a time."""
        query: dict[str, Any] = {"stdout": 0, "stderr": 1, "since": f"{since:.3f}"}
        status, said = self._ask("GET", f"/containers/{container.id}/logs", **query)
        return "\n".join(_without_frames(said).decode(errors="replace").splitlines()[-lines:]) if status == _OK else ""

    def _ask(
        self, method: str, path: str, seconds: float = _SECONDS, headers: dict[str, str] | None = None,
        document: dict[str, Any] | None = None, **query: Any,
    ) -> tuple[int, bytes]:  # fmt: skip
        connection = _Connection(self.path, seconds)
        body = None if document is None else json.dumps(document).encode()
        told = {**(headers or {}), **({"Content-Type": "application/json"} if body else {})}
        try:
            connection.request(method, f"{path}?{urlencode(query)}" if query else path, body, told)
            response = connection.getresponse()
            return response.status, response.read()
        except socket.timeout:  # noqa: UP041 - not an alias before Python 3.10
            raise HostError(f"the Docker engine did not answer {method} {path} within {seconds:g} s") from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "strerror", None) or error
            remedy = "see `systemctl status docker` on the host, or prepare it with `kkinfra provision ENV --host`"
            raise HostError(f"no Docker engine answers on the host ({why}); {remedy}") from error
        finally:
            connection.close()


def _received(stream: socket.socket) -> bytes:
    said = stream.recv(1 << 16)
    if not said:
        raise OSError("it ended the connection")
    return said


def _message(said: bytes) -> str:
    try:
        return str(json.loads(said)["message"])
    except (ValueError, KeyError, TypeError):
        return said.decode(errors="replace")[:300] or "it says nothing"


def _without_frames(said: bytes) -> bytes:
    """A log as text: every piece has a head of eight bytes, the last four of which are its size."""
    found: list[bytes] = []
    rest = said
    while len(rest) >= 8 and rest[0] in (0, 1, 2):  # noqa: PLR2004
        size = int.from_bytes(rest[4:8], "big")
        found.append(rest[8 : 8 + size])
        rest = rest[8 + size :]
    return b"".join(found) or rest
