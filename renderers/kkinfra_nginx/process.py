"""What every Nginx of ours has around its servers: the process, its logs, its files, its MIME types."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from kkinfra_nginx.directive import Directive, Expression, block, line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.stack import Nginx

PID_FILE = "/tmp/nginx.pid"  # noqa: S108 - a path in the container, on a tmpfs of its own

_CONNECTIONS = 1024  # of one worker; a proxied one takes two files
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_TYPES = {
    "application/gzip": "gz",
    "application/json": "json map",
    "application/manifest+json": "webmanifest",
    "application/pdf": "pdf",
    "application/wasm": "wasm",
    "application/xml": "xml",
    "application/zip": "zip",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "oga ogg opus",
    "audio/wav": "wav",
    "font/otf": "otf",
    "font/ttf": "ttf",
    "font/woff": "woff",
    "font/woff2": "woff2",
    "image/avif": "avif",
    "image/gif": "gif",
    "image/jpeg": "jpeg jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/webp": "webp",
    "image/x-icon": "ico",
    "text/css": "css",
    "text/html": "htm html",
    "text/javascript": "js mjs",
    "text/markdown": "md",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
_LOG = (
    '$remote_addr "$request_method $uri $server_protocol" $status $body_bytes_sent '
    "$request_time $upstream_response_time $request_id"
)


def workers(nginx: Nginx) -> int:
    """One worker for each processor it may use; `auto` would count those of the whole host."""
    return ceil(nginx.cpu_limit.cores)


def main(*directives: Directive, workers: int) -> list[Directive]:
    """The main context; the image's own command keeps the process in the foreground."""
    return [
        line("worker_processes", workers),
        line("worker_rlimit_nofile", 2 * _CONNECTIONS),
        line("error_log", "stderr", "warn"),
        line("pid", PID_FILE),
        block("events", of=[line("worker_connections", _CONNECTIONS)]),
        *directives,
    ]


def http(*directives: Directive) -> Directive:
    """The http context. The log leaves out query strings, which may carry secrets."""
    return block("http", of=[*_common(), *directives])


def _common() -> Iterable[Directive]:
    yield line("server_tokens", "off")
    yield line("default_type", "application/octet-stream")
    yield block("types", of=[line(mime, *endings.split()) for mime, endings in _TYPES.items()])
    yield line("log_format", "kkinfra", Expression(_LOG))
    yield line("access_log", "/dev/stdout", "kkinfra")
    for kind in _TEMPORARY:
        yield line(f"{kind}_temp_path", f"/tmp/{kind}")  # noqa: S108 - a path in the container
    yield line("sendfile", "on")
    yield line("tcp_nopush", "on")
    yield line("reset_timedout_connection", "on")
