"""The webapp behind its Unix socket, and how requests are handed to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Webapp
from kkinfra_nginx.directive import Directive, Expression, block, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.duration import Duration
    from kkinfra.spec.environment import Environment

SOCKETS = "/run/app"
"""Directory of the Unix sockets, one for each colour."""

CURRENT = f"{SOCKETS}/current.sock"
"""A symbolic link to the socket of the colour that serves; a switch replaces it by rename."""

REUSED_SECONDS = 2
"""How long a connection to the webapp is used again.

Twice as long after a switch, the colour of before gets no new request, even one that is kept alive,
and can be stopped without losing any.
"""

_WEBAPP = "webapp"
_CONNECT_SECONDS = 5
_IDLE = 16  # connections kept for each worker


def maps() -> Iterable[Directive]:
    """Only a WebSocket is upgraded: any other protocol (h2c, say) would get past the locations."""
    for variable, websocket in (("$upgrade", "websocket"), ("$connection_upgrade", "upgrade")):
        yield block("map", Expression("$http_upgrade"), Expression(variable), of=[
            line("default", ""),
            line(Expression("~*^websocket$"), websocket),
        ])  # fmt: skip


def webapp_upstream(environment: Environment) -> Iterable[Directive]:
    """The upstream called webapp, where there is one in the stack."""
    if environment.part(Webapp):
        yield block("upstream", _WEBAPP, of=[
            line("server", f"unix:{CURRENT}"),
            line("keepalive", _IDLE),
            line("keepalive_time", f"{REUSED_SECONDS}s"),
            line("keepalive_timeout", f"{REUSED_SECONDS}s"),
        ])  # fmt: skip


def to_webapp(webapp: Webapp) -> list[Directive]:
    """What a location that leads to the webapp holds."""
    return [*_waiting(webapp.timeout), line("proxy_pass", f"http://{_WEBAPP}")]


def to_port(port: int, timeout: Duration) -> list[Directive]:
    """What a location that leads to a loopback port holds; the path is passed on as it is."""
    return [*_waiting(timeout), line("proxy_pass", f"http://127.0.0.1:{int(port)}")]


def forwarding(host: str) -> list[Directive]:
    """Headers for everything behind: what a client claims of itself is overwritten, not added to.

    `host` has its port, where that is not the scheme's own: Django makes addresses of it, and compares origins with it.
    Bodies and answers pass through without a temporary file, which would count as memory here.
    """
    sent = {
        "Host": host,
        "X-Forwarded-For": Expression("$remote_addr"),
        "X-Forwarded-Host": host,
        "X-Forwarded-Port": Expression("$server_port"),
        "X-Forwarded-Proto": Expression("$scheme"),
        "X-Real-IP": Expression("$remote_addr"),
        "X-Request-ID": Expression("$request_id"),
        "Forwarded": "",
        "Upgrade": Expression("$upgrade"),
        "Connection": Expression("$connection_upgrade"),
    }
    return [
        line("proxy_http_version", "1.1"),
        *(line("proxy_set_header", name, value) for name, value in sent.items()),
        line("proxy_request_buffering", "off"),
        line("proxy_max_temp_file_size", 0),
    ]


def _waiting(timeout: Duration) -> list[Directive]:
    return [
        line("proxy_connect_timeout", f"{_CONNECT_SECONDS}s"),
        line("proxy_read_timeout", f"{timeout.seconds}s"),
        line("proxy_send_timeout", f"{timeout.seconds}s"),
    ]
