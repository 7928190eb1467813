"""What holds between fields: names that refer to each other, parts that need each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kkinfra.platforms import Certbot, CertResolver, Compose, GitOps, Kubernetes, Ssh
from kkinfra.stack import (
    SINGLETONS,
    AppService,
    CeleryBeat,
    CeleryWorker,
    Container,
    Flower,
    Job,
    Nginx,
    PostgresqlRds,
    PostgresqlStatefulSet,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.document import Steps
    from kkinfra.environment import Environment

    Finding = tuple[Steps, str]


def check(environment: Environment) -> Iterator[Finding]:
    """Path and problem, for everything that does not hold."""
    yield from _names(environment)
    yield from _platform(environment)
    yield from _stack(environment)
    yield from _secrets(environment)
    yield from _references(environment)


def _names(environment: Environment) -> Iterator[Finding]:
    if len(environment.namespace) > 63:
        yield ("platform",), f"the namespace {environment.namespace!r} is longer than 63 characters; write platform.namespace"
    for name in environment.stack:
        if len(name) > 40:
            yield ("stack", name), "is longer than 40 characters; names of objects are made from it"


def _platform(environment: Environment) -> Iterator[Finding]:
    platform, delivery, tls = environment.platform, environment.delivery, environment.tls
    if isinstance(platform, Compose) and not isinstance(delivery, Ssh):
        yield ("delivery", "by"), f"{delivery.by!r} needs platform.kind kubernetes; write by: ssh"
    if isinstance(platform, Kubernetes) and isinstance(delivery, Ssh):
        yield ("delivery", "by"), "'ssh' needs platform.kind compose; write by: gitops or by: apply"
    if isinstance(platform, Compose) and tls and not isinstance(tls, Certbot):
        yield ("tls", "by"), f"{tls.by!r} needs platform.kind kubernetes; write by: certbot"
    if isinstance(platform, Kubernetes) and isinstance(tls, Certbot):
        yield ("tls", "by"), "'certbot' needs platform.kind compose; write by: traefik or by: secret"
    if isinstance(platform, Compose):
        yield from _host_ports(environment, platform)
    if isinstance(tls, CertResolver) and environment.access.vpn and tls.resolver == "http":
        yield ("tls", "resolver"), "the HTTP challenge cannot reach a domain that only a VPN reaches; use a DNS resolver"


def _host_ports(environment: Environment, platform: Compose) -> Iterator[Finding]:
    for name, nginx in environment.parts(Nginx):
        for field, port in (("http_port", nginx.http_port), ("https_port", nginx.https_port)):
            if port not in platform.host.ports and (field == "http_port" or environment.tls):
                yield ("stack", name, field), f"{int(port)} is not opened; add it to platform.host.ports"
    taken: dict[int, str] = {}
    for name, part in environment.stack.items():
        for field in ("port", "http_port", "https_port", "identity_port"):
            port = getattr(part, field, None)
            if port is None or isinstance(part, Webapp | PostgresqlRds):
                continue
            if port in taken:
                yield ("stack", name, field), f"port {int(port)} is taken by {taken[port]} on the same host; choose another"
            taken[port] = f"stack.{name}.{field}"


def _stack(environment: Environment) -> Iterator[Finding]:
    kinds = Counter(part.kind for part in environment.stack.values())
    for name, part in environment.stack.items():
        if part.kind in SINGLETONS and kinds[part.kind] > 1:
            yield ("stack", name), f"there may be only one {part.kind}; remove the others"
        if isinstance(part, PostgresqlStatefulSet) and isinstance(environment.platform, Compose):
            yield ("stack", name, "on"), "'statefulset' needs platform.kind kubernetes; write on: rds"
        if isinstance(part, CeleryWorker | CeleryBeat | Flower) and not _broker(environment):
            yield ("stack", name), "needs a broker; add redis with roles: [broker]"
        if isinstance(part, StaticFiles) and not kinds["nginx"]:
            yield ("stack", name), "are served by nginx; add nginx to the stack"
        if isinstance(part, Redis) and part.maxmemory > part.memory:
            yield ("stack", name, "maxmemory"), f"{part.maxmemory} is more than its memory limit of {part.memory}; raise memory"
        if isinstance(part, Flower) and part.expose and not environment.access.vpn:
            yield ("stack", name, "expose"), "would show Flower to everybody; restrict access.vpn, or leave it out"
        if isinstance(part, Container) and part.route and part.port is None:
            yield ("stack", name, "route"), "needs a port to be routed to; add port"
        if isinstance(part, Container) and part.ready and part.port is None:
            yield ("stack", name, "ready"), "needs a port to be asked at; add port"
        if isinstance(part, Webapp | CeleryWorker) and part.autoscale and part.autoscale.min > part.autoscale.max:
            yield ("stack", name, "autoscale", "min"), f"{part.autoscale.min} is more than max, {part.autoscale.max}"
        if isinstance(part, AppService | Job) and part.cpu > part.cpu_limit:
            yield ("stack", name, "cpu"), f"{part.cpu} is more than cpu_limit, {part.cpu_limit}; raise cpu_limit"
    if isinstance(environment.platform, Compose) and kinds["webapp"] and not kinds["nginx"]:
        yield ("stack",), "a webapp on one host is reached through nginx; add nginx to the stack"


def _broker(environment: Environment) -> bool:
    return any("broker" in redis.roles for _, redis in environment.parts(Redis))


def _secrets(environment: Environment) -> Iterator[Finding]:
    for name, secret in environment.secrets.items():
        sources = [field for field in ("env", "file", "sops", "aws_parameter") if getattr(secret, field) is not None]
        if len(sources) != 1:
            said = " and ".join(sources) or "no source"
            yield ("secrets", name), f"has {said}; write exactly one of env, file, sops, aws_parameter"
        if secret.key is not None and secret.sops is None:
            yield ("secrets", name, "key"), "names an entry in a SOPS file; write sops as well"
        for index, reader in enumerate(secret.readers or ()):
            if reader not in environment.stack:
                yield ("secrets", name, "readers", index), _no_such_part(reader, environment)


def _references(environment: Environment) -> Iterator[Finding]:
    secrets = environment.secrets
    if environment.registry and environment.registry.pull_secret not in secrets:
        yield ("registry", "pull_secret"), _no_such_secret(environment.registry.pull_secret, secrets)
    for name, part in environment.stack.items():
        if isinstance(part, PostgresqlStatefulSet | PostgresqlRds) and part.password not in secrets:
            yield ("stack", name, "password"), _no_such_secret(part.password, secrets)
        if isinstance(part, Job):
            for index, later in enumerate(part.before):
                if later not in environment.stack or later == name:
                    yield ("stack", name, "before", index), _no_such_part(later, environment)
    delivery = environment.delivery
    if isinstance(delivery, GitOps) and delivery.image_updater and not environment.image.tag:
        yield ("image",), "has no tag for Image Updater to start from; write one, as in :1.0.0"


def _no_such_part(name: str, environment: Environment) -> str:
    return f"{name!r} is not another part of the stack{did_you_mean(name, environment.stack)}"


def _no_such_secret(name: str, secrets: object) -> str:
    return f"{name!r} is not among the secrets{did_you_mean(name, secrets)}; add it to secrets"  # type: ignore[arg-type]
