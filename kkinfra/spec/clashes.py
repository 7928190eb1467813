"""What would clash once it is rendered: names, paths, and an order that has no beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Container, Cron, Flower, Job, PostgresqlRds, StaticFiles, Webapp
from kkinfra.spec.wiring import waiting_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault

RESERVED = frozenset({"volumes", "certbot", "default-deny", "allow-dns"})
"""What renderers call services and policies of their own."""


def clashes(environment: Environment) -> Iterator[Fault]:
    """Path and problem, for everything that clashes."""
    yield from _names(environment)
    yield from _paths(environment)
    yield from _order(environment)
    yield from _readers(environment)


def _names(environment: Environment) -> Iterator[Fault]:
    webapps = [name for name, _ in environment.parts(Webapp)]
    taken = RESERVED | {f"{name}-{colour}" for name in webapps for colour in ("blue", "green")}
    for name in environment.stack:
        if name in taken:
            yield ("stack", name), "is a name that kkinfra uses for a service or policy of its own; rename the part"
        if not name[0].isalpha():
            problem = "begins with a digit, which a Service's name may not (RFC 1035)"
            yield ("stack", name), f"{problem}; begin it with a letter"


def _paths(environment: Environment) -> Iterator[Fault]:
    """Every path below the domain leads to one part."""
    webapp = environment.part(Webapp)
    taken: dict[str, str] = {"": webapp[0]} if webapp else {}
    for name, part in environment.stack.items():
        for field, path in _public(part):
            bare = path.rstrip("/")
            if bare in taken:
                yield ("stack", name, field), f"{path} is the path of {taken[bare]} already; choose another path"
            taken[bare] = name


def _public(part: object) -> Iterator[tuple[str, str]]:
    if isinstance(part, StaticFiles):
        yield "url", part.url
    if isinstance(part, Flower) and part.expose:
        yield "path", part.path
    if isinstance(part, Container) and part.route:
        yield "route", part.route


def _order(environment: Environment) -> Iterator[Fault]:
    for name, job in environment.parts(Job):
        for index, later in enumerate(job.before):
            if isinstance(environment.stack.get(later), PostgresqlRds | Cron | StaticFiles):
                problem = f"{later!r} is not started by a release; name another part, or remove it"
                yield ("stack", name, "before", index), problem
        if name in waiting_for(environment, name):
            yield ("stack", name, "before"), f"{name} would have to run before itself; remove one of these parts"


def _readers(environment: Environment) -> Iterator[Fault]:
    for name, secret in environment.secrets.items():
        for index, reader in enumerate(secret.readers or ()):
            if isinstance(environment.stack.get(reader), StaticFiles | PostgresqlRds):
                problem = f"{reader!r} reads no secrets; name another part, or remove it"
                yield ("secrets", name, "readers", index), problem
