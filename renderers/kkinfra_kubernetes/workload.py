"""What every part that runs until it is stopped consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.spec.stack import Migration
from kkinfra.spec.wiring import command
from kkinfra_kubernetes.config_map import Variables
from kkinfra_kubernetes.deployment import deployment, is_recreated, is_spread, scaling_files
from kkinfra_kubernetes.migration import wait_for_migration, wait_seconds
from kkinfra_kubernetes.network_policy import part_policy
from kkinfra_kubernetes.pod import Pod
from kkinfra_kubernetes.pod_container import drain, literal, part_container, port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kkinfra.spec.stack import CeleryBeat, CeleryWorker, Container, Flower, Webapp
    from kkinfra_kubernetes.cluster import Cluster, File, Object


@dataclass(frozen=True)
class Workload:
    """A part with its probes; `number` is the port it listens on, `prefix` starts the paths of its files."""

    cluster: Cluster
    name: str
    part: Webapp | CeleryWorker | CeleryBeat | Flower | Container
    prefix: str
    probes: Mapping[str, Object]
    number: int | None = None
    init: Sequence[Object] = ()
    volumes: Sequence[Object] = field(default=())

    def files(self) -> Iterator[File]:
        """Variables, network policy, Deployment and scaling."""
        variables = Variables(self.cluster, self.name)
        yield from variables.files(self.prefix)
        yield f"{self.prefix}network-policy.yaml", part_policy(self.cluster, self.name, self.part)
        waiting = wait_for_migration(self.cluster, self.name, self.part, variables)
        pod = Pod(
            self.cluster,
            self.name,
            self.part,
            [self._container(variables)],
            init=[*self.init, *waiting],
            volumes=self.volumes,
            checksum=variables.checksum(),
            is_spread=is_spread(self.part),
        )
        waits = self._waits() if waiting else 0
        yield f"{self.prefix}deployment.yaml", deployment(self.cluster, self.name, pod.template(), waits)
        yield from scaling_files(self.cluster, self.name, self.part, self.prefix)

    def _container(self, variables: Variables) -> Object:
        return part_container(
            self.cluster,
            self.name,
            self.part,
            [],
            command=literal(command(self.cluster.environment, self.name)),
            envFrom=variables.env_from(),
            ports=port(self.number) if self.number else [],
            lifecycle=drain(self.cluster, self.part) if self.number and not is_recreated(self.part) else {},
            **self.probes,
        )

    def _waits(self) -> int:
        migration = self.cluster.environment.part(Migration)
        return wait_seconds(migration[1]) if migration else 0
