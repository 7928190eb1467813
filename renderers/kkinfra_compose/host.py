"""`x-kkinfra`: what Compose has no word for, for whoever provisions the host and delivers to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Nginx, PostgresqlRds, Process, Webapp
from kkinfra_compose.place import compose_of, ssh_of
from kkinfra_compose.secrets import mode, owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.spec.environment import Environment


def extension(environment: Environment, identities: Mapping[str, str]) -> dict[str, Any]:
    """Facts only, without what is empty or not said; `identities` are those of Nginx's configurations, by stage."""
    facts: dict[str, Any] = {
        "environment": environment.name,
        "purpose": environment.purpose,
        "domain": environment.domain,
        "image": str(environment.image),
        "registry": _registry(environment),
        "host": _host(environment),
        "delivery": _delivery(environment),
        "certificate": _certificate(environment),
        "listeners": dict(_listeners(environment)),
        "identities": dict(identities),
        "secrets": {name: _file(environment, name) for name in environment.mounted_secrets()},
        "rds": _rds(environment),
    }
    return {key: value for key, value in facts.items() if value}


def _file(environment: Environment, secret: str) -> dict[str, Any]:
    return {"owner": owner(environment, secret), "mode": mode(environment, secret)}


def _registry(environment: Environment) -> dict[str, Any]:
    if environment.registry is None:
        return {}
    return {"host": environment.image.registry, "pull_secret": environment.registry.pull_secret}


def _host(environment: Environment) -> dict[str, Any]:
    platform = compose_of(environment)
    host = platform.host
    return {
        "kind": host.kind,
        "region": host.region,
        "instance_type": host.instance_type,
        "elastic_ip": host.elastic_ip,
        "ports": [int(port) for port in host.ports],
        **({"swap": str(host.swap)} if host.swap else {}),
        "directory": platform.directory,
    }


def _delivery(environment: Environment) -> dict[str, Any]:
    delivery = ssh_of(environment)
    if delivery is None:
        return {}
    return {
        "by": delivery.by,
        "host": delivery.host,
        "user": delivery.user,
        "port": int(delivery.port),
        "keep_releases": delivery.keep_releases,
        **({"host_keys": list(delivery.host_keys)} if delivery.host_keys else {}),
        **({"ci": delivery.ci} if delivery.ci else {}),
    }


def _certificate(environment: Environment) -> dict[str, Any]:
    tls = environment.tls
    if not isinstance(tls, Certbot):
        return {}
    return {"email": tls.email, "staging": tls.staging, **({"server": tls.server} if tls.server else {})}


def _listeners(environment: Environment) -> Iterable[tuple[str, Any]]:
    """Ports by part: those of Nginx to the world, all others on loopback."""
    for name, part in environment.stack.items():
        port = getattr(part, "port", None)
        if isinstance(part, Nginx):
            public = [int(part.http_port), *([int(part.https_port)] if environment.tls else [])]
            yield name, {"public": public, "loopback": [int(part.identity_port)]}
        elif port is not None and isinstance(part, Process) and not isinstance(part, Webapp):
            yield name, {"loopback": [int(port)]}


def _rds(environment: Environment) -> dict[str, Any]:
    for _, database in environment.parts(PostgresqlRds):
        return {
            "endpoint": database.endpoint,
            "engine": "postgres",
            "version": database.version,
            "instance_class": database.instance_class,
            "storage": str(database.storage),
            "backup_days": database.backup_days,
            "database": database.database,
            "user": database.user,
            "password": database.password,
            "port": int(database.port),
        }
    return {}
