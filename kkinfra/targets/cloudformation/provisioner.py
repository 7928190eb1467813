"""The cloud resources of an environment, as one CloudFormation stack: the provisioner `cloudformation`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.protocol.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.cloudformation.session import StackSession
    from kkinfra.targets.protocol.wanted import Wanted

_LOSING = "a resource that may go although it holds data (repeated)"
_IMPORTING = "take in what was made by hand, as it is (repeated)"


@dataclass(frozen=True)
class StackOptions(Options):
    """What is asked of a stack besides."""

    key: str = option("", "public keys that let who deploys in", "provision", metavar="FILE")
    allow_replace: tuple[str, ...] = option((), _LOSING, "provision", metavar="LOGICAL_ID")
    import_: tuple[str, ...] = option((), _IMPORTING, "provision", metavar="ID=NAME|FILE")
    newest_image: bool = option(False, "take the newest image: replaces the host", "provision")
    timeout: int = option(3600, "seconds that AWS may take (default: 3600)", "provision", "provision --drift")
    lock_wait: int = option(0, "seconds to wait for another change (default: none)", "provision")


class StackProvisioner:
    """A stack at AWS."""

    options = StackOptions
    by_default = True

    def refuse(self, environment: Environment) -> None:
        """Raise DeployError where no account is named."""
        from kkinfra.targets.cloudformation.stack.place import place_of

        place_of(environment)

    @contextmanager
    def open(self, wanted: Wanted, options: StackOptions, telling: Telling) -> Generator[StackSession]:
        """Ask AWS once a method needs it."""
        from kkinfra.targets.cloudformation.session import StackSession

        yield StackSession(wanted, options, telling)
