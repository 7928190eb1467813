"""The verb `status` on a host."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

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
    return status_of(str(session.environment.name), str(session.environment.domain), facts, drifted, time.time())
