"""Static files under hashed names, and the whole Nginx that serves nothing else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.spec.stack import Nginx, StaticFiles
from kkinfra.spec.wiring import STATIC_FILES_PORT
from kkinfra_nginx.directive import Directive, Expression, block, line, text
from kkinfra_nginx.process import http, main, workers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment

DIRECTORY = "/srv/static"
"""Where the static files are mounted, read-only."""

LISTEN = STATIC_FILES_PORT
"""Port of the Nginx that serves static files only."""

HEALTH = "/-/healthz"
"""Path at which it answers 200 while it works."""

_YEAR = 31_536_000  # seconds; `immutable` (RFC 8246) spares even the revalidation
_HASHED = r".+\.[0-9a-f]{8,}\.[A-Za-z0-9.]+$"
_COMPRESSED = (
    "application/json", "application/manifest+json", "application/wasm", "image/svg+xml", "text/css",
    "text/javascript", "text/plain",
)  # fmt: skip


def static_files_conf(environment: Environment) -> str:
    """A complete configuration that serves the static files and nothing else, without any privilege.

    It listens on LISTEN, writes below /tmp only, and answers 200 at HEALTH.
    """
    nginx = environment.part(Nginx)
    files = environment.part(StaticFiles)
    served = [files[1]] if files else []
    return text(main(
        http(*(cache_map(each) for each in served), _server(served)),
        workers=workers(nginx[1]) if nginx else 1,
    ))  # fmt: skip


def url(files: StaticFiles) -> str:
    """The path they are served below, with its last slash, without which the alias could be left."""
    return f"{files.url.rstrip('/')}/"


def cache_map(files: StaticFiles) -> Directive:
    """`$static_cache`: for ever under a hashed name (django.contrib.staticfiles), five minutes otherwise.

    It is empty for everything that is not a static file, and an empty header is not sent.
    """
    below = f"~^{re.escape(url(files))}"
    return block("map", Expression("$uri"), Expression("$static_cache"), of=[
        line("default", ""),
        line(Expression(below + _HASHED), f"public, max-age={_YEAR}, immutable"),
        line(Expression(below), "public, max-age=300"),
    ])  # fmt: skip


def location(files: StaticFiles, *limits: Directive) -> Directive:
    """Compressed here only: compressing pages that hold secrets gives them away (BREACH)."""
    return block("location", "^~", url(files), of=[
        *limits,
        line("alias", f"{DIRECTORY}/"),
        line("charset", "utf-8"),
        line("gzip", "on"),
        line("gzip_vary", "on"),
        line("gzip_min_length", 1024),
        line("gzip_types", *_COMPRESSED),
    ])  # fmt: skip


def _server(served: list[StaticFiles]) -> Directive:
    return block("server", of=[
        line("listen", LISTEN, "default_server"),
        line("server_name", "_"),
        line("add_header", "X-Content-Type-Options", "nosniff", "always"),
        *_caching(served),
        block("location", "=", HEALTH, of=[line("access_log", "off"), line("return", 200, "ok")]),
        *(location(each) for each in served),
        block("location", "/", of=[line("return", 404)]),
    ])  # fmt: skip


def _caching(served: list[StaticFiles]) -> Iterable[Directive]:
    if served:
        yield line("add_header", "Cache-Control", Expression("$static_cache"))
