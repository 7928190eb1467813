"""The secrets that are known while a commit is followed, which needs none of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import needed_secrets, secret_needs
from kkinfra.secrets.sources import look_up
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets
from kkinfra.values.secret import SecretText

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api


@dataclass(frozen=True, slots=True)
class Known:
    """What the cluster's Secrets hold, None where they may not be read; and what whoever deploys has himself."""

    environment: Environment
    project: str
    live: list[SecretText] | None

    def mask(self) -> Mask:
        """What hides the secrets of the cluster; those of whoever deploys where that may not be asked."""
        return Mask(self._own() if self.live is None else self.live)

    def mask_of_all(self) -> Mask:
        """What hides both."""
        return Mask([*(self.live or ()), *self._own()])

    def is_complete(self) -> bool:
        """Whether all that containers may print is known, so that it can be shown."""
        return self.live is not None or len(self._own()) == len(needed_secrets(self.environment))

    def _own(self) -> list[SecretText]:
        found = look_up(self.environment, self.project, needed_secrets(self.environment))
        return [each for each in found.values() if isinstance(each, SecretText)]


def live_values(api: Api, environment: Environment) -> list[SecretText] | None:
    """What the environment's Secrets in the cluster hold; None where they may not be read.

    Raises ClusterError where the cluster is not reached.
    """
    try:
        return live_secrets(api, secret_needs(environment))
    except ClusterError as error:
        if not error.status:
            raise
        return None
