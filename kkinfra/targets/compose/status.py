"""The verb `status` on a host."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kkinfra.targets.compose.plan.drift import COMPOSE, Deployed, drift
from kkinfra.targets.compose.plan.observed import status_of

if TYPE_CHECKING:
    from kkinfra.targets.compose.session import HostSession
    from kkinfra.targets.protocol.status import Status


def look(session: HostSession) -> Status:
    """What runs, since when, which digest, healthy or why not, in one round trip."""
    key = secrets.token_hex(16)
    facts = session.host.call("observe", {"texts": [COMPOSE], "fields": True, "key": key})
    drifted = tuple(each.identity for each in drift(Deployed(facts, key, {}, {})))
    found = status_of(str(session.environment.name), str(session.environment.domain), facts, drifted, time.time())
    return replace(found, details=_without_texts(facts))


def _without_texts(facts: dict[str, Any]) -> dict[str, Any]:
    """What the host said, but for what only a comparison reads."""
    release = {key: value for key, value in facts["release"].items() if key not in {"texts", "secrets", "edited"}}
    parts = release.get("containers", ())
    release["containers"] = [{key: each[key] for key in each if key not in {"runs", "files"}} for each in parts]
    return {**facts, "release": release}
