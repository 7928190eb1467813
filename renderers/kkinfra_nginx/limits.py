"""What one client may ask: requests a second and at a time, the size of a body, the time it may take to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, Expression, line

if TYPE_CHECKING:
    from kkinfra.spec.stack import Nginx

_ZONE = "clients"
_ZONE_SIZE = "4m"  # 64,000 IPv4 addresses (ngx_http_limit_req_module: 1 MB keeps 16 thousand states)
_OPEN_ZONE, _OPEN_STATIC_ZONE = "open", "open_static"
_OPEN_ZONE_SIZE = "1m"  # 16,000 addresses (ngx_http_limit_conn_module), far more than there are connections

_OPEN = 20
"""Requests of one address at a time: a slow one holds some 60 kB, and 400 of them 32 MB, all that Nginx may have had.

A browser holds six connections to a host; a WebSocket counts for as long as it lasts.
"""

_OPEN_STATIC = 128
"""The same for static files, which one page asks for all at once over HTTP/2, where each request counts.

As many as Nginx allows in one connection (http2_max_concurrent_streams).
"""


def client_zones(nginx: Nginx) -> list[Directive]:
    """The addresses of clients, how often they came and what they have open."""
    address = Expression("$binary_remote_addr")
    return [
        line("limit_req_zone", address, f"zone={_ZONE}:{_ZONE_SIZE}", f"rate={nginx.rate}r/s"),
        line("limit_conn_zone", address, f"zone={_OPEN_ZONE}:{_OPEN_ZONE_SIZE}"),
        line("limit_conn_zone", address, f"zone={_OPEN_STATIC_ZONE}:{_OPEN_ZONE_SIZE}"),
    ]


def open_limit() -> list[Directive]:
    """What is more at a time is answered with 429 (RFC 6585)."""
    return [line("limit_conn", _OPEN_ZONE, _OPEN), line("limit_conn_status", 429)]


def open_static_limit() -> Directive:
    """In place of the server's own limit, which a location with one of its own does not inherit."""
    return line("limit_conn", _OPEN_STATIC_ZONE, _OPEN_STATIC)


def request_limit(nginx: Nginx) -> list[Directive]:
    """Twice the rate at once is served without delay; what is more is answered with 429 (RFC 6585)."""
    return [line("limit_req", f"zone={_ZONE}", f"burst={2 * nginx.rate}", "nodelay"), line("limit_req_status", 429)]


def client_limits(nginx: Nginx) -> list[Directive]:
    """The body in bytes, since Nginx reads `m` as MiB."""
    return [
        line("client_max_body_size", nginx.max_body.bytes),
        line("client_header_timeout", "15s"),
        line("client_body_timeout", "30s"),
        line("send_timeout", "30s"),
        line("keepalive_timeout", "65s"),
    ]
