"""The webapp's two colours: which one serves, whether one is healthy, and the switch by one rename."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host import files
from kkinfra.host.manifest import COLOURS

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.host.engine import HostEngine
    from kkinfra.host.manifest import Manifest, ReleaseWebapp

LINK = "current.sock"
_PROBE_SECONDS = 5
_SHOWN = 300


@dataclass(frozen=True)
class HealthAnswer:
    """What a health path answered last: its status (0 for none), and what it said."""

    status: int
    said: str

    @property
    def is_good(self) -> bool:
        """Whether it is healthy."""
        return self.status == http.client.OK


@dataclass(frozen=True)
class Sockets:
    """The directory of the Unix sockets, one a colour, and the link that Nginx follows."""

    directory: Path

    def serving(self) -> str:
        """The colour that the link leads to, or nothing."""
        try:
            target = os.readlink(self.directory / LINK)  # noqa: PTH115 - Path.readlink normalises
        except OSError:
            return ""
        colour = target.rpartition("/")[2].partition(".")[0]
        return colour if colour in COLOURS else ""

    def switch(self, colour: str) -> None:
        """Let Nginx ask this colour from the next request on."""
        files.link(self.directory / LINK, f"{colour}.sock")

    def probe(self, colour: str, path: str, host: str) -> HealthAnswer:
        """Ask a colour, as Nginx would."""
        try:
            with _connected(self.directory, f"{colour}.sock") as connection:
                connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
                response = connection.getresponse()
                where = response.getheader("Location")
                said = response.read(_SHOWN).decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            return HealthAnswer(0, f"{path}: no answer ({error})")
        return HealthAnswer(response.status, f"{path}: {response.status} {response.reason}{_to(where)} {said}".strip())

    def healthy(self, webapp: ReleaseWebapp, colour: str, host: str) -> HealthAnswer:
        """The first answer of its health paths that is not good, else the last one."""
        answer = HealthAnswer(0, "no health path is known")
        for path in webapp.paths:
            answer = self.probe(colour, path, host)
            if not answer.is_good:
                break
        return answer


def sockets(engine: HostEngine, manifest: Manifest) -> Sockets | None:
    """Where the sockets are, once there is a volume for them."""
    if manifest.webapp is None:
        return None
    place = engine.volume(f"{manifest.namespace}_{manifest.webapp.volume}")
    return Sockets(Path(place)) if place else None


def other(colour: str) -> str:
    """The colour that is not this one; the first one where there is none yet."""
    return COLOURS[1] if colour == COLOURS[0] else COLOURS[0]


def _to(where: str | None) -> str:
    if not where:
        return ""
    return f" to {where} (a health path must answer by itself: take it out of redirects)"


@contextlib.contextmanager
def _connected(directory: Path, name: str) -> Generator[http.client.HTTPConnection]:
    """A connection to a socket whose whole path may be longer than the 108 bytes that unix(7) allows."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    connection = http.client.HTTPConnection("localhost", timeout=_PROBE_SECONDS)
    try:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(_PROBE_SECONDS)
        connection.sock.connect(f"/proc/self/fd/{handle}/{name}")
        yield connection
    finally:
        connection.close()
        os.close(handle)
