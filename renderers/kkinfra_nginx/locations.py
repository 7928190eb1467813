"""Which path leads where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.duration import Duration
from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Container, StaticFiles, Webapp
from kkinfra_nginx import static_files
from kkinfra_nginx.directive import Directive, block, line
from kkinfra_nginx.limits import open_static_limit, request_limit
from kkinfra_nginx.upstream import to_port, to_webapp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Nginx

CHALLENGES = "/var/www/acme"
"""Where Certbot puts its answers to the authority (RFC 8555, HTTP-01)."""

_CHALLENGE_PATH = "/.well-known/acme-challenge/"
_TIMEOUT = Duration(60, "s")


def has_static(environment: Environment) -> bool:
    """Whether static files are served."""
    return environment.part(StaticFiles) is not None


def challenge(environment: Environment) -> Iterable[Directive]:
    """The authority comes from anywhere, so this is open even where only a VPN is let in."""
    if isinstance(environment.tls, Certbot):
        yield block("location", "^~", _CHALLENGE_PATH, of=[
            *([line("allow", "all")] if environment.access.vpn else []),
            line("root", CHALLENGES),
            line("default_type", "text/plain"),
        ])  # fmt: skip


def locations(environment: Environment, nginx: Nginx) -> list[Directive]:
    """Static files, routed containers, then the webapp."""
    found: list[Directive] = []
    for _, files in environment.parts(StaticFiles):
        found.append(static_files.location(files, open_static_limit()))
    for _, container in environment.parts(Container):
        if container.route and container.port:
            found += _below(container.route, [*request_limit(nginx), *to_port(container.port, _timeout(environment))])
    return [*found, *_root(environment, nginx)]


def _root(environment: Environment, nginx: Nginx) -> Iterable[Directive]:
    webapp = environment.part(Webapp)
    if webapp:
        yield block("location", "/", of=[*request_limit(nginx), *to_webapp(webapp[1])])
    elif all(container.route != "/" for _, container in environment.parts(Container)):
        yield block("location", "/", of=[line("return", 404)])


def _below(route: str, directives: list[Directive]) -> Iterable[Directive]:
    """The path itself and everything below it, but not its namesakes: /hooks, /hooks/a, and not /hooksa."""
    path = route.rstrip("/")
    if path:
        yield block("location", "=", path, of=directives)
    yield block("location", f"{path}/", of=directives)


def _timeout(environment: Environment) -> Duration:
    webapp = environment.part(Webapp)
    return webapp[1].timeout if webapp else _TIMEOUT
