"""Where the cloud resources of an environment are: account, region and stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.spec.platforms import Compose

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2


@dataclass(frozen=True, slots=True)
class StackPlace:
    """The account's twelve digits, the region, and the name of the stack."""

    environment: str
    account: str
    region: str
    stack: str

    @property
    def where(self) -> str:
        """The stack, its region and account, in words."""
        return f"{self.stack} in {self.region}, account {self.account}"

    def __str__(self) -> str:
        return f"stack {self.where}"


def host_of(environment: Environment) -> Ec2:
    """The host that the stack makes; raises DeployError where kkinfra makes nothing at AWS for the environment."""
    platform = environment.platform
    if not isinstance(platform, Compose) or platform.host.account is None:
        remedy = "write platform.host.account, or leave the cloud as it is; --host prepares the host"
        raise DeployError(f"{environment.name} names no AWS account in which anything is to be made; {remedy}")
    return platform.host


def place_of(environment: Environment) -> StackPlace:
    """Where an environment's stack is; raises DeployError as `host_of` does."""
    host = host_of(environment)
    return StackPlace(environment.name, str(host.account), str(host.region), str(environment.stack_name))
