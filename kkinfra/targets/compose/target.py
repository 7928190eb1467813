"""One host, over SSH: what is delivered by `ssh`."""

from __future__ import annotations

from kkinfra.spec.platforms import Ssh


class HostTarget:
    """A host with Docker Compose."""

    delivery = Ssh
    platforms = frozenset({"compose"})
