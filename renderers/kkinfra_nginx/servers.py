"""The servers of a product: its own, those that refuse everybody else, and the one for HTTP before TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.wiring import authority
from kkinfra_nginx import headers, locations, tls
from kkinfra_nginx.directive import Directive, Expression, block, line
from kkinfra_nginx.limits import client_limits, open_limit
from kkinfra_nginx.upstream import forwarding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Nginx


def http_stage(environment: Environment, nginx: Nginx) -> list[Directive]:
    """The product over HTTP, and the answers that the first certificate needs."""
    own = [*_listen_http(environment, nginx), *locations.challenge(environment)]
    return [_refusing_http(nginx), _product(environment, nginx, own, encrypted=False)]


def tls_stage(environment: Environment, nginx: Nginx) -> list[Directive]:
    """The product over HTTPS; over HTTP only the challenges, and the way to HTTPS."""
    own = [*tls.listen(nginx), line("server_name", environment.domain), *tls.certificate(environment)]
    return [
        _refusing_http(nginx),
        _refusing_https(nginx),
        _redirecting(environment, nginx),
        _product(environment, nginx, own, encrypted=True),
    ]


def _product(environment: Environment, nginx: Nginx, own: Iterable[Directive], *, encrypted: bool) -> Directive:
    return block("server", of=[
        *own,
        *(line("allow", network) for network in environment.access.vpn),
        *([line("deny", "all")] if environment.access.vpn else []),
        *client_limits(nginx),
        *open_limit(),
        *headers.headers(tls=encrypted, static=locations.has_static(environment)),
        *forwarding(authority(environment, encrypted=encrypted)),
        *locations.locations(environment, nginx),
    ])  # fmt: skip


def _redirecting(environment: Environment, nginx: Nginx) -> Directive:
    host = authority(environment, encrypted=True)
    return block("server", of=[
        *_listen_http(environment, nginx),
        *locations.challenge(environment),
        block("location", "/", of=[
            line("return", 301, Expression(f"https://{host}$request_uri")),
        ]),
    ])  # fmt: skip


def _listen_http(environment: Environment, nginx: Nginx) -> list[Directive]:
    return [line("listen", nginx.http_port), line("server_name", environment.domain)]


def _refusing_http(nginx: Nginx) -> Directive:
    """444 closes the connection without an answer."""
    return block("server", of=[
        line("listen", nginx.http_port, "default_server"),
        line("server_name", "_"),
        line("return", 444),
    ])  # fmt: skip


def _refusing_https(nginx: Nginx) -> Directive:
    """No certificate is shown for a foreign name.

    421 (RFC 9110, 15.5.20) is for a foreign Host inside a good handshake.
    """
    return block("server", of=[
        *tls.listen(nginx, "default_server"),
        line("server_name", "_"),
        line("ssl_reject_handshake", "on"),
        block("location", "/", of=[line("return", 421)]),
    ])  # fmt: skip
