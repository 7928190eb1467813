"""PostgreSQL in the cluster: a StatefulSet of one, on NFS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.wiring import SECRETS_DIRECTORY
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.network_policy import part_policy
from kkinfra_kubernetes.pod import Pod, empty
from kkinfra_kubernetes.pod_container import part_container, port
from kkinfra_kubernetes.probes import Probe, execute, three
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.volume import Volume, claimed
from kkinfra_kubernetes.waves import STORES, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import PostgresqlStatefulSet
    from kkinfra_kubernetes.cluster import Cluster, File, Object

_VOLUME = "/srv/postgresql"  # outside the image's own volume, whose path changes between majors
_SHARED_BUFFERS_SHARE = (
    4  # a quarter of the memory (https://www.postgresql.org/docs/current/runtime-config-resource.html)
)


def postgresql_files(cluster: Cluster, name: str, database: PostgresqlStatefulSet) -> Iterator[File]:
    """All objects of the database."""
    yield from Volume(cluster, name, database.kind, database.uid, database.storage.kubernetes).files("postgresql/")
    yield "postgresql/network-policy.yaml", part_policy(cluster, name, database)
    yield "postgresql/service.yaml", service(cluster, name, database.port, "postgresql")
    yield "postgresql/stateful-set.yaml", _stateful_set(cluster, name, database)


def _stateful_set(cluster: Cluster, name: str, database: PostgresqlStatefulSet) -> Object:
    """One replica with a claim of its own file: claims made from a template carry Argo CD's tracking label."""
    retain = {"whenDeleted": "Retain", "whenScaled": "Retain"}
    spec = {
        "persistentVolumeClaimRetentionPolicy": retain,
        "podManagementPolicy": "OrderedReady",
        "replicas": 1,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": cluster.selector(name)},
        "serviceName": name,
        "template": _template(cluster, name, database),
        "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
    }
    metadata = cluster.metadata(name, database.kind, annotations=annotation(STORES))
    return manifest("apps/v1", "StatefulSet", metadata, spec=spec)


def _template(cluster: Cluster, name: str, database: PostgresqlStatefulSet) -> Object:
    mounts: list[Object] = [
        {"name": "data", "mountPath": _VOLUME},
        {"name": "run", "mountPath": "/var/run/postgresql"},
    ]
    main = part_container(
        cluster,
        name,
        database,
        mounts,
        args=_arguments(database),
        env=_variables(database),
        ports=port(database.port, "postgresql"),
        **_probes(database),
    )
    volumes = [claimed("data", name), empty("run", "16Mi")]
    return Pod(cluster, name, database, [main], volumes=volumes).template()


def _arguments(database: PostgresqlStatefulSet) -> list[str]:
    buffers = database.memory.bytes // _SHARED_BUFFERS_SHARE // 1024
    return ["postgres", "-c", f"max_connections={database.max_connections}", "-c", f"shared_buffers={buffers}kB"]


def _variables(database: PostgresqlStatefulSet) -> list[Object]:
    """https://hub.docker.com/_/postgres; PGDATA is below the mount, whose own owner and mode stay as exported."""
    said = {
        "PGDATA": f"{_VOLUME}/pgdata",
        "PGPORT": str(int(database.port)),
        "POSTGRES_DB": database.database,
        "POSTGRES_INITDB_ARGS": "--data-checksums --auth-host=scram-sha-256",
        "POSTGRES_PASSWORD_FILE": f"{SECRETS_DIRECTORY}/{database.password}",
        "POSTGRES_USER": database.user,
    }
    return [{"name": name, "value": value} for name, value in said.items()]


def _probes(database: PostgresqlStatefulSet) -> dict[str, Probe]:
    """Over TCP, which the server that initialises the database does not listen on."""
    server = ("-h", "127.0.0.1", "-p", str(int(database.port)))
    ready = ("pg_isready", "-q", *server, "-U", database.user, "-d", database.database)
    return three(execute(ready, period=2, failures=300), execute(ready, failures=6), execute(ready, period=5))
