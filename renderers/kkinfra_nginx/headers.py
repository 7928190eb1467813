"""Response headers: those for security, and the request's own number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, Expression, block, line

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HSTS = "max-age=63072000"  # two years: Mozilla's guideline 6.0


def maps() -> Iterable[Directive]:
    """For each header, the default where the product does not say it itself, else nothing."""
    for header, value in _DEFAULTS.items():
        said = Expression(f"$upstream_http_{_variable(header)}")
        yield block("map", said, Expression(f"$default_{_variable(header)}"), of=[
            line("default", ""),
            line("", value),
        ])  # fmt: skip


def headers(*, tls: bool, static: bool) -> Iterable[Directive]:
    """Said once for the whole server: a location with an `add_header` of its own would lose them."""
    for header in _DEFAULTS:
        yield line("add_header", header, Expression(f"$default_{_variable(header)}"), "always")
    yield line("proxy_hide_header", "X-Request-ID")
    yield line("add_header", "X-Request-ID", Expression("$request_id"), "always")
    if tls:
        yield line("proxy_hide_header", "Strict-Transport-Security")
        yield line("add_header", "Strict-Transport-Security", _HSTS, "always")
    if static:
        yield line("add_header", "Cache-Control", Expression("$static_cache"))


def _variable(header: str) -> str:
    return header.lower().replace("-", "_")
