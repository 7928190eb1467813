"""What is made of a host, and from it: the provisioners `host` and `database`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.protocol.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.database import DatabaseProvisioning
    from kkinfra.targets.compose.provision import HostProvisioning
    from kkinfra.targets.protocol.wanted import Wanted


@dataclass(frozen=True)
class HostProvisionOptions(Options):
    """What is asked of a host besides; who comes in is `as_`, since Python keeps `as` for itself."""

    as_: str = option("", "who comes in (default: who deploys)", "provision", metavar="USER")
    key: str = option("", "public keys that let who deploys in", "provision", metavar="FILE")
    compose: str = option("", "Docker Compose, for hosts without a package of it", "provision", metavar="FILE")


class HostProvisioner:
    """A machine that is made ready to be deployed to."""

    options = HostProvisionOptions
    by_default = False

    def refuse(self, environment: Environment) -> None:
        """Raise DeployError where there is no host that is reached over SSH."""
        from kkinfra.targets.compose.client.host import place_of

        place_of(environment)

    @contextmanager
    def open(self, wanted: Wanted, options: HostProvisionOptions, telling: Telling) -> Generator[HostProvisioning]:
        """Connect over SSH; nothing is sent yet."""
        from kkinfra.targets.compose.client.host import connect_host
        from kkinfra.targets.compose.provision import HostProvisioning

        with connect_host(wanted.environment, user=options.as_ or None) as host:
            yield HostProvisioning(wanted, options, telling, host)


class DatabaseProvisioner:
    """The product's own role and database, made by way of the host."""

    options = Options
    by_default = False

    def refuse(self, environment: Environment) -> None:
        """Raise DeployError where there is no database on RDS."""
        from kkinfra.targets.compose.database import part_of

        part_of(environment)

    @contextmanager
    def open(self, wanted: Wanted, _options: Options, telling: Telling) -> Generator[DatabaseProvisioning]:
        """Connect over SSH; nothing is sent yet."""
        from kkinfra.targets.compose.client.host import connect_host
        from kkinfra.targets.compose.database import DatabaseProvisioning

        with connect_host(wanted.environment) as host:
            yield DatabaseProvisioning(wanted, telling, host)
