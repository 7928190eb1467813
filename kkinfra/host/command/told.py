"""A command in the history of its host: a line like those of deploys, which no release can be gone back to by."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from kkinfra.host import journal, releases
from kkinfra.host.errors import HostError
from kkinfra.host.masking import masking

if TYPE_CHECKING:
    from kkinfra.host.command.request import HostCommand
    from kkinfra.host.layout import Layout

WHAT = "run"
"""What the history calls it."""


def tell_end(layout: Layout, command: HostCommand, result: str, why: str) -> None:
    """Write down how it ended: `ended` (with exit code 0) or `failed`."""
    image = revision = ""
    with suppress(HostError):
        release = releases.load(layout, command.release)
        image, revision = release.image, release.revision
    line = {
        "run": command.name, "what": WHAT, "release": command.release, "who": command.who, "ci": command.ci,
        "image": image, "revision": revision, "before": "", "result": result,
        "at": round(command.asked), "seconds": round(max(0.0, time.time() - command.asked), 1),
        "why": masking(releases.secret_values(layout))(why), "command": command.told(), "part": command.service,
        "attached": bool(command.container),
    }  # fmt: skip
    with suppress(OSError):  # a full disk keeps nobody from removing what was left
        journal.append(layout.history, json.dumps(line), 0o644)
