"""What holds between fields: names that refer to each other, parts that need each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kkinfra.spec.build import GIVEN_ARGUMENTS
from kkinfra.spec.clashes import clashes
from kkinfra.spec.cloud_checks import cloud_checks
from kkinfra.spec.placement import placement
from kkinfra.spec.platforms import SOURCES, Certbot, CertResolver
from kkinfra.spec.stack import (
    SINGLETONS,
    CeleryBeat,
    CeleryWorker,
    Container,
    Flower,
    Job,
    Migration,
    Nginx,
    Postgresql,
    Process,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.spec.architecture import Architecture
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault
    from kkinfra.spec.platforms import Ec2
    from kkinfra.spec.stack import Component

LONGEST_NAMESPACE = 63
LONGEST_PART = 40
"""Leaves room for what is put behind it in 63 characters (DNS label): `-scripts`, hashes of pods."""

MANY_CORES = 50
"""A number of processors that is probably meant as thousandths of one."""

STOP_MARGIN = 10
"""Seconds of a stop beyond the longest request: 5 for proxies to learn of it, 5 between Uvicorn's end and the kill."""


def check(environment: Environment) -> Iterator[Fault]:
    """Path and problem, for everything that does not hold."""
    yield from _names(environment)
    yield from _build(environment)
    yield from _platform(environment)
    yield from _stack(environment)
    yield from _secrets(environment)
    yield from _readers(environment)
    yield from _references(environment)
    yield from clashes(environment)
    yield from cloud_checks(environment)


def _names(environment: Environment) -> Iterator[Fault]:
    if len(environment.namespace) > LONGEST_NAMESPACE:
        length = len(environment.namespace)
        written = f"{environment.namespace!r}, which is made of project and environment, has {length} characters"
        yield (), f"{written}, more than {LONGEST_NAMESPACE}; shorten one of them"
    for name in environment.stack:
        if len(name) > LONGEST_PART:
            yield ("stack", name), f"has {len(name)} characters; shorten it to {LONGEST_PART}, as objects bear it"


def _build(environment: Environment) -> Iterator[Fault]:
    for name in environment.build.args if environment.build else ():
        if name in GIVEN_ARGUMENTS:
            yield ("build", "args", name), "is set by `kkinfra build` itself; remove it"


def _platform(environment: Environment) -> Iterator[Fault]:
    tls, instance = environment.tls, environment.platform.instance
    yield from placement(environment)
    if isinstance(tls, Certbot) and tls.staging and tls.server:
        yield ("tls", "staging"), "is a service of Let's Encrypt and conflicts with server; remove one of them"
    if instance:
        yield from _host_ports(environment, instance)
        yield from _architecture(environment.platform.architectures, instance)
    if isinstance(tls, CertResolver) and environment.access.vpn and tls.resolver == "http":
        problem = "'http' needs a domain that the internet reaches, and access.vpn prevents it"
        yield ("tls", "resolver"), f"{problem}; name a resolver for DNS"


def _host_ports(environment: Environment, instance: Ec2) -> Iterator[Fault]:
    for name, nginx in environment.parts(Nginx) if environment.platform.nginx_is_entrance else ():
        for field, port in (("http_port", nginx.http_port), ("https_port", nginx.https_port)):
            if port not in instance.ports and (field == "http_port" or environment.tls):
                problem = f"{int(port)} is not open on the host; add {int(port)} to platform.host.ports"
                yield ("stack", name, field), problem


def _architecture(named: tuple[Architecture, ...], instance: Ec2) -> Iterator[Fault]:
    """An instance type has one architecture."""
    if named != (instance.architecture,):
        own, its = " and ".join(named), instance.architecture
        problem = f"{own} contradicts platform.host.instance_type {instance.instance_type}, which is {its}"
        yield ("platform", "architecture"), f"{problem}; take architecture out, or choose an instance type with {own}"


def _stack(environment: Environment) -> Iterator[Fault]:
    kinds: Counter[str] = Counter(part.kind for part in environment.stack.values())
    for name, part in environment.stack.items():
        for found in (_company(environment, part, kinds), _amounts(part), _reach(environment, part)):
            yield from ((("stack", name, *path), problem) for path, problem in found)
    if environment.platform.nginx_is_entrance and not kinds["nginx"]:
        yield from _without_nginx(environment)


def _without_nginx(environment: Environment) -> Iterator[Fault]:
    """What nothing on one host serves, where there is no nginx."""
    if environment.part(Webapp):
        yield ("stack",), "has a webapp but no nginx, through which one host serves it; add nginx to the stack"
    for name, container in environment.parts(Container):
        if container.route:
            yield ("stack", name, "route"), "needs nginx on one host; add nginx to the stack, or remove route"
    if environment.tls:
        yield ("tls",), "needs nginx, which answers the authority's challenge; add nginx, or remove tls"


def _company(environment: Environment, part: Component, kinds: Counter[str]) -> Iterator[Fault]:
    """Parts that need others, or do not go with them."""
    if part.kind in SINGLETONS and kinds[part.kind] > 1:
        yield (), f"is one of {kinds[part.kind]} parts of kind {part.kind}; keep one and remove the others"
    if isinstance(part, CeleryWorker | CeleryBeat | Flower) and not _broker(environment):
        yield (), f"needs a broker; {_broker_remedy(environment)}"
    if isinstance(part, StaticFiles) and not kinds["nginx"]:
        yield (), "needs nginx, which serves the files; add nginx to the stack"


def _amounts(part: Component) -> Iterator[Fault]:
    """Amounts that must not exceed each other."""
    if isinstance(part, Redis) and part.maxmemory > part.memory:
        problem = f"{part.maxmemory} is more than the part's memory, {part.memory}; lower maxmemory or raise memory"
        yield ("maxmemory",), problem
    if isinstance(part, Process) and part.cpu > part.cpu_limit:
        cores = int(part.cpu.cores)
        meant = f" ({cores} is whole processors; {cores}m is thousandths)" if cores >= MANY_CORES else ""
        yield ("cpu",), f"{part.cpu} is more than cpu_limit, {part.cpu_limit}{meant}; lower cpu or raise cpu_limit"
    if isinstance(part, Webapp) and part.stop_grace.seconds < part.timeout.seconds + STOP_MARGIN:
        problem = f"{part.stop_grace} cuts off requests, which may take timeout, {part.timeout}"
        yield ("stop_grace",), f"{problem}; write at least {part.timeout.seconds + STOP_MARGIN}s, or lower timeout"
    if isinstance(part, Webapp | CeleryWorker) and part.autoscale and part.autoscale.min > part.autoscale.max:
        yield ("autoscale", "min"), f"{part.autoscale.min} is more than max, {part.autoscale.max}; lower it"


def _reach(environment: Environment, part: Component) -> Iterator[Fault]:
    """Ways in from outside."""
    if isinstance(part, Flower) and part.expose and not environment.access.vpn:
        yield ("expose",), "makes Flower public; restrict access.vpn, or remove expose"
    if isinstance(part, Container) and part.port is None:
        if part.route:
            yield ("route",), "needs a port that requests are routed to; add port"
        if part.ready:
            yield ("ready",), "needs a port that is checked; add port"


def _broker(environment: Environment) -> bool:
    return any("broker" in redis.roles for _, redis in environment.parts(Redis))


def _broker_remedy(environment: Environment) -> str:
    redis = environment.part(Redis)
    return f"add broker to stack.{redis[0]}.roles" if redis else "add redis with roles: [broker]"


def _secrets(environment: Environment) -> Iterator[Fault]:
    for name, secret in environment.secrets.items():
        sources = secret.sources()
        if len(sources) != 1:
            said = " and ".join(sources) or "no source"
            yield ("secrets", name), f"has {said}; write exactly one of {', '.join(SOURCES)}"
        if secret.key is not None and secret.sops is None and secret.aws_secret is None:
            yield ("secrets", name, "key"), "names an entry in a SOPS file or a secret of AWS; write sops or aws_secret"
        for index, reader in enumerate(secret.readers or ()):
            if reader not in environment.stack:
                yield ("secrets", name, "readers", index), _no_such_part(reader, environment)


def _readers(environment: Environment) -> Iterator[Fault]:
    """A migration reads the password of the database that it changes."""
    passwords = {database.password for _, database in environment.parts(Postgresql)}
    for password in sorted(passwords & environment.secrets.keys()):
        readers = environment.secrets[password].readers
        for name, _ in environment.parts(Migration):
            if readers is not None and name not in readers:
                problem = f"lacks {name}, which needs the database's password; add {name}"
                yield ("secrets", password, "readers"), problem


def _references(environment: Environment) -> Iterator[Fault]:
    secrets = environment.secrets
    if environment.registry and environment.registry.pull_secret not in secrets:
        yield ("registry", "pull_secret"), _no_such_secret(environment.registry.pull_secret, secrets)
    for name, part in environment.stack.items():
        if isinstance(part, Postgresql) and part.password not in secrets:
            yield ("stack", name, "password"), _no_such_secret(part.password, secrets)
        if isinstance(part, Job):
            for index, later in enumerate(part.before):
                if later not in environment.stack:
                    yield ("stack", name, "before", index), _no_such_part(later, environment)
    if environment.delivery.updater and not environment.image.tag:
        image = environment.image
        yield ("image",), f"{image} has no tag for Image Updater; write one, as in {image}:1.0.0"


def _no_such_part(name: str, environment: Environment) -> str:
    known = ", ".join(environment.stack)
    return f"{name!r} is not a part of the stack{did_you_mean(name, environment.stack) or f'; write one of: {known}'}"


def _no_such_secret(name: str, secrets: Iterable[str]) -> str:
    return f"{name!r} is not among the secrets{did_you_mean(name, secrets)}; add {name}: {{env: {name}}} to secrets"
