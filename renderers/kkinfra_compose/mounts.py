"""Volumes and files in containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Redis, StaticFiles, Webapp
from kkinfra_nginx import static_files, upstream

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

SOCKETS, SOCKETS_DIRECTORY = "sockets", upstream.SOCKETS
STATIC, STATIC_DIRECTORY = "static", static_files.DIRECTORY
ACME = "acme"
LETSENCRYPT = "letsencrypt"
DATA_DIRECTORY = "/data"


def data_volume(redis: str) -> str:
    """The volume of Redis' append-only file."""
    return f"{redis}-data"


def owned_volumes(environment: Environment) -> list[tuple[str, str, int]]:
    """Volume, directory and owner, for each volume that is not root's."""
    return [
        *((SOCKETS, SOCKETS_DIRECTORY, webapp.uid) for _, webapp in environment.parts(Webapp)),
        *((STATIC, STATIC_DIRECTORY, files.uid) for _, files in environment.parts(StaticFiles)),
        *(
            (data_volume(name), DATA_DIRECTORY, redis.uid)
            for name, redis in environment.parts(Redis)
            if redis.persistent
        ),
    ]


def all_volumes(environment: Environment) -> list[str]:
    """The names of all volumes."""
    certificates = [ACME, LETSENCRYPT] if isinstance(environment.tls, Certbot) else []
    return sorted([*(name for name, _, _ in owned_volumes(environment)), *certificates])


def volume(name: str, target: str, *, read_only: bool = False) -> dict[str, Any]:
    """A named volume; without `nocopy`, Docker would give it the owner that the image's directory has."""
    return {"type": "volume", "source": name, "target": target, "read_only": read_only, "volume": {"nocopy": True}}


def file(path: str, target: str) -> dict[str, Any]:
    """A rendered file or directory, read-only; one that is missing is an error and not made as a directory."""
    return {
        "type": "bind", "source": f"./{path}", "target": target, "read_only": True,
        "bind": {"create_host_path": False},
    }  # fmt: skip
