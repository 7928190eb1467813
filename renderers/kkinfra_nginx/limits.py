"""What one client may ask: requests a second, the size of a body, the time it may take to send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, Expression, line

if TYPE_CHECKING:
    from kkinfra.stack import Nginx

_ZONE = "clients"
_ZONE_SIZE = "4m"  # 64,000 IPv4 addresses (ngx_http_limit_req_module: 1 MB keeps 16 thousand states)


def client_zone(nginx: Nginx) -> Directive:
    """The addresses of clients and how often they came."""
    return line(
        "limit_req_zone", Expression("$binary_remote_addr"), f"zone={_ZONE}:{_ZONE_SIZE}", f"rate={nginx.rate}r/s"
    )


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
