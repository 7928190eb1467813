"""One host, over SSH: what is delivered by `ssh`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.system.lazy_attribute import LazyAttribute
from kkinfra.targets.protocol.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.targets.compose.session import HostSession
    from kkinfra.targets.protocol.wanted import Wanted


@dataclass(frozen=True)
class HostOptions(Options):
    """What is asked of a host besides."""

    timeout: int = option(180, "seconds that a part may take to be healthy (180)", "deploy", "rollback")
    lock_wait: int = option(0, "seconds to wait for another deploy (default: none)", "deploy", "rollback")
    allow_unsafe_migrations: bool = option(False, "migrate even so", "deploy")
    staging_first: bool = option(False, "ask the authority's staging service first", "deploy")
    retry_certificate: bool = option(False, "ask for a certificate again, now", "deploy")


class HostTarget:
    """A host with Docker Compose."""

    delivery = LazyAttribute("kkinfra.spec.platforms", "Ssh")  # flags are made without it
    platforms = frozenset({"compose"})
    options = HostOptions

    @contextmanager
    def open(self, wanted: Wanted, options: HostOptions, telling: Telling) -> Generator[HostSession]:
        """Connect once a method needs it, and close the connection at the end."""
        from kkinfra.targets.compose.session import HostSession

        with HostSession(wanted, options, telling) as session:
            yield session
