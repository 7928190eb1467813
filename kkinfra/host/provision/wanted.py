"""What the host should be, as the deployer says it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

COMPOSE = "docker-compose"
"""The name under which the deployer sends the binary of Compose."""


@dataclass(frozen=True)
class WantedHost:
    """The specification's part of it, and what whoever provisions brings along.

    `swap_bytes` is 0 where no swap is asked for. `came_as` is the user whose keys the deploy user gets where none
    are brought. `compose_sha256` is known before `compose` is: the binary travels only once somebody has agreed.
    `compose_remedy` says how the operator gets it.
    """

    user: str
    directory: str
    swap_bytes: int = 0
    log_max_size: str = "10m"
    log_max_files: int = 3
    keys: tuple[str, ...] = ()
    came_as: str = "root"
    compose_sha256: str = ""
    compose_remedy: str = ""
    compose: bytes = field(default=b"", repr=False)

    @property
    def is_root(self) -> bool:
        """Whether it is root who deploys, and needs neither a group nor sudo."""
        return self.user == "root"


def read(arguments: dict[str, Any], files: dict[str, bytes]) -> WantedHost:
    """What a request asks for; sudo(8) says in SUDO_USER who came."""
    return WantedHost(
        user=str(arguments["user"]),
        directory=str(arguments["directory"]),
        swap_bytes=int(arguments.get("swap_bytes") or 0),
        log_max_size=str(arguments["log_max_size"]),
        log_max_files=int(arguments["log_max_files"]),
        keys=tuple(arguments.get("keys") or ()),
        came_as=os.environ.get("SUDO_USER") or "root",
        compose_sha256=str(arguments.get("compose_sha256") or ""),
        compose_remedy=str(arguments.get("compose_remedy") or ""),
        compose=files.get(COMPOSE, b""),
    )
