"""The configurations of a product, one for each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Nginx, StaticFiles, Webapp
from kkinfra_nginx import headers, servers, tls, upstream
from kkinfra_nginx.directive import Directive, line, text
from kkinfra_nginx.identity import identity_of, identity_server
from kkinfra_nginx.limits import client_zones
from kkinfra_nginx.process import http, main, workers
from kkinfra_nginx.static_files import cache_map

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

HTTP = "http"
TLS = "tls"

USER, GROUP = "nobody", "nogroup"
"""Who the workers run as: Nginx takes names only, and these are known wherever it is tested.

The container's own passwd file gives them the number that the specification says.
"""


_UNSAID = "=identity="  # what no name or path of a specification can hold
_LONGEST_SECONDS = 60  # a request, where there is no webapp that says it
_KILL_MARGIN_SECONDS = 5  # between the end of the workers and the kill


def stages(environment: Environment) -> tuple[str, ...]:
    """The stages there are: HTTP until the first certificate, then TLS."""
    if environment.part(Nginx) is None:
        return ()
    return (HTTP, TLS) if environment.tls else (HTTP,)


def configuration(environment: Environment, stage: str) -> str:
    """The complete text for a stage, which tells its own identity."""
    text = _text(environment, stage)
    return text.replace(_UNSAID, _identity_of(text))


def identity(environment: Environment, stage: str) -> str:
    """What the served configuration answers when it is this one."""
    return _identity_of(_text(environment, stage))


def _identity_of(text: str) -> str:
    """The identity is that of the text that says none."""
    return identity_of(text.replace(_UNSAID, '""'))


def _text(environment: Environment, stage: str) -> str:
    """The text for a stage, in which the identity is not said yet."""
    nginx = next(part for _, part in environment.parts(Nginx))
    served = (*_servers(environment, nginx, stage), identity_server(nginx, _UNSAID))
    return text(main(
        line("user", USER, GROUP),
        line("worker_shutdown_timeout", f"{_shutdown_seconds(environment, nginx)}s"),
        http(*_shared(environment, nginx, stage), *served),
        workers=workers(nginx),
    ))  # fmt: skip


def _servers(environment: Environment, nginx: Nginx, stage: str) -> list[Directive]:
    return servers.tls_stage(environment, nginx) if stage == TLS else servers.http_stage(environment, nginx)


def _shared(environment: Environment, nginx: Nginx, stage: str) -> list[Directive]:
    return [
        *(tls.guideline() if stage == TLS else []),
        *client_zones(nginx),
        *upstream.maps(),
        *headers.maps(),
        *(cache_map(files) for _, files in environment.parts(StaticFiles)),
        *upstream.webapp_upstream(environment),
    ]


def _shutdown_seconds(environment: Environment, nginx: Nginx) -> int:
    """Workers of before end with their last request, but a WebSocket has no end; all end before the kill."""
    webapp = environment.part(Webapp)
    longest = webapp[1].timeout.seconds if webapp else _LONGEST_SECONDS
    return max(1, min(longest, nginx.stop_grace.seconds - _KILL_MARGIN_SECONDS))
