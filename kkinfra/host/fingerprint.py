"""What a plan was made from: if it is the same when the plan is applied, what was shown is what happens."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from kkinfra.host.services import HASH

if TYPE_CHECKING:
    from kkinfra.host.engine import EngineContainer, HostEngine
    from kkinfra.host.layout import Layout


def fingerprint(layout: Layout, engine: HostEngine) -> str:
    """A digest of the release that serves and of all containers, but not of what they are doing this second."""
    containers = sorted(_facts(each) for each in engine.containers(layout.namespace) if not each.is_one_off)
    current = layout.current.resolve().name if layout.current.is_symlink() else ""
    return sha256(json.dumps([current, containers]).encode()).hexdigest()


def _facts(container: EngineContainer) -> list[str]:
    limits = container.facts["HostConfig"]
    return [
        container.name, container.id, container.labels.get(HASH, ""), str(limits.get("Memory")),
        str(limits.get("NanoCpus")), str(bool(container.state.get("Running"))),
    ]  # fmt: skip
