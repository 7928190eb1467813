"""The containers of a rendered Compose project: what each may take, and when it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.documents import COMPOSE_FILE, document

if TYPE_CHECKING:
    from kkinfra.proving.proofs.documents import Object
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps

COLOURS, RELEASE = ("blue", "green"), "release"
"""Profiles: one of the two webapps, and what runs once a release."""

_PART = "kkinfra.part"


@dataclass(frozen=True, slots=True)
class ComposeService:
    """A service of the project: memory in bytes, processors in thousandths; `profiles` say when it runs.

    `at` is the limit's place in the specification, None where it has none there.
    """

    name: str
    part: str
    memory: int
    cpu_limit: int
    user: str
    binds_low_ports: bool
    profiles: tuple[str, ...]
    command: tuple[str, ...]
    at: Steps | None


def containers(environment: Environment, tree: ArtifactTree) -> list[ComposeService]:
    """All services, as they are rendered."""
    services = document(tree, COMPOSE_FILE).get("services", {})
    return [_container(environment, name, each) for name, each in services.items()]


def _container(environment: Environment, name: str, service: Object) -> ComposeService:
    part = str(service.get("labels", {}).get(_PART, name))
    return ComposeService(
        name,
        part,
        int(service.get("mem_limit", 0)),
        round(float(service.get("cpus", 0)) * 1000),
        str(service.get("user", "")),
        _binds_low_ports(service),
        tuple(service.get("profiles", ())),
        tuple(str(word) for word in service.get("command", ())),
        ("stack", part, "memory") if part in environment.stack else None,
    )


def _binds_low_ports(service: Object) -> bool:
    """Whether it runs as root, or with that one right of root (capabilities(7), CAP_NET_BIND_SERVICE)."""
    is_root = str(service.get("user", "0")).partition(":")[0] in ("", "0", "root")
    kept = "ALL" not in service.get("cap_drop", ())
    return "NET_BIND_SERVICE" in service.get("cap_add", ()) or (is_root and kept)
