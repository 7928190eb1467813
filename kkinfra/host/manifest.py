"""A release, as far as the host must understand it: what runs, in which order, and what proves it.

The deployer writes it as `release.json` beside the rendered tree; the host reads it again, also years later.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from kkinfra.host.plain import mapping

FORMAT = 1
FILE = "release.json"
COLOURS = ("blue", "green")
_SERVICES = ("stateful", "services", "once", "timed")


@dataclass(frozen=True)
class ReleaseService:
    """A service of the Compose project.

    `hash` covers all it is made from; `restart_hash` leaves out what a reload brings in, and is empty where
    nothing does. `memory` is in bytes, `stop_grace` and `deadline` in seconds, `variables` are names.
    """

    name: str
    kind: str
    hash: str
    image: str
    memory: int = 0
    cpus: float = 0.0
    stop_grace: int = 10
    deadline: int = 600
    secrets: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    restart_hash: str = ""


@dataclass(frozen=True)
class ReleaseWebapp:
    """The webapp: one service of each colour, alike but for the socket. `paths` answer 200 when it is healthy.

    `drain` is the time in seconds after which Nginx uses no connection to the colour of before any more.
    """

    blue: ReleaseService
    green: ReleaseService
    volume: str
    paths: tuple[str, ...]
    drain: int

    def of(self, colour: str) -> ReleaseService:
        """The service of a colour."""
        return self.green if colour == "green" else self.blue


@dataclass(frozen=True)
class ReleaseNginx:
    """Nginx; `identities` are by stage, what it answers on its loopback port when it serves that stage."""

    service: ReleaseService
    identities: dict[str, str]
    identity_port: int
    http_port: int
    https_port: int
    restricted: bool = False


@dataclass(frozen=True)
class ReleaseCertificate:
    """A certificate from an authority that certbot asks; `volume` holds it."""

    service: ReleaseService
    volume: str


@dataclass(frozen=True)
class SecretFile:
    """Owner (user and group) and mode of a secret's file."""

    owner: int
    mode: int


@dataclass(frozen=True)
class Manifest:
    """A release. `tree` is a digest of all its files; `files` are SHA-256 by path; `timed` is what timers start.

    `django` tells whether its migration is Django's own, which can be asked what it would do.
    """

    id: str
    namespace: str
    environment: str
    domain: str
    directory: str
    image: str
    tree: str
    revision: str = ""
    created: str = ""
    webapp: ReleaseWebapp | None = None
    nginx: ReleaseNginx | None = None
    certificate: ReleaseCertificate | None = None
    stateful: tuple[ReleaseService, ...] = ()
    services: tuple[ReleaseService, ...] = ()
    once: tuple[ReleaseService, ...] = ()
    timed: tuple[ReleaseService, ...] = ()
    files: dict[str, str] = field(default_factory=dict[str, str])
    secrets: dict[str, SecretFile] = field(default_factory=dict[str, SecretFile])
    django: bool = False
    keep: int = 5
    format: int = FORMAT

    def everything(self) -> tuple[ReleaseService, ...]:
        """All services, also those that run once or on demand."""
        return (
            *self.stateful,
            *self.once,
            *((self.webapp.blue, self.webapp.green) if self.webapp else ()),
            *self.services,
            *((self.nginx.service,) if self.nginx else ()),
            *((self.certificate.service,) if self.certificate else ()),
            *self.timed,
        )

    def images(self) -> tuple[str, ...]:
        """All images, each once, the product's first."""
        return tuple(dict.fromkeys((self.image, *(service.image for service in self.everything()))))

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def from_json(value: Any) -> Manifest:
    """Read what `as_json` gave; raises ValueError where it is of another format, or none."""
    said = mapping(value)
    if said.get("format") != FORMAT:
        raise ValueError("this release was written by another version of kkinfra")
    try:
        services: dict[str, Any] = {key: tuple(_service(each) for each in said.get(key, ())) for key in _SERVICES}
        parts: dict[str, Any] = {
            "webapp": _webapp(said["webapp"]), "nginx": _nginx(said["nginx"]),
            "certificate": _certificate(said["certificate"]),
            "secrets": {name: SecretFile(**each) for name, each in said["secrets"].items()},
        }  # fmt: skip
        return Manifest(**(said | services | parts))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no release that kkinfra wrote: {error}") from error


def _service(value: dict[str, Any]) -> ReleaseService:
    lists: dict[str, Any] = {key: tuple(value[key]) for key in ("secrets", "variables")}
    return ReleaseService(**(value | lists))


def _webapp(value: dict[str, Any] | None) -> ReleaseWebapp | None:
    if value is None:
        return None
    parts: dict[str, Any] = {colour: _service(value[colour]) for colour in COLOURS}
    parts["paths"] = tuple(value["paths"])
    return ReleaseWebapp(**(value | parts))


def _nginx(value: dict[str, Any] | None) -> ReleaseNginx | None:
    if value is None:
        return None
    parts: dict[str, Any] = {"service": _service(value["service"])}
    return ReleaseNginx(**(value | parts))


def _certificate(value: dict[str, Any] | None) -> ReleaseCertificate | None:
    if value is None:
        return None
    parts: dict[str, Any] = {"service": _service(value["service"])}
    return ReleaseCertificate(**(value | parts))
