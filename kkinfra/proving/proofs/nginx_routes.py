"""Where the paths of an Nginx configuration lead to, and whom they let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.nginx_text import http_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.proving.proofs.nginx_text import ParsedDirective
    from kkinfra.rendering.artifacts import ArtifactTree

FILES, ITSELF = "files", "nginx itself"


@dataclass(frozen=True, slots=True)
class NginxRoute:
    """A path of a server: `target` is `HOST:PORT`, a Unix socket's path, `files`, or `nginx itself`.

    `listens` are the server's listeners as written; `networks` those that are let in, all where there are none.
    """

    path: str
    target: str
    listens: tuple[str, ...]
    networks: tuple[str, ...]


def routes(tree: ArtifactTree) -> Iterator[NginxRoute]:
    """All routes of all configurations that are rendered below nginx/."""
    for http in http_blocks(tree):
        upstreams = {
            each.arguments[0]: [server.arguments[0] for server in each.all("server")] for each in http.all("upstream")
        }
        for server in http.all("server"):
            yield from _of_server(server, upstreams)


def _of_server(server: ParsedDirective, upstreams: dict[str, list[str]]) -> Iterator[NginxRoute]:
    listens = tuple(each.arguments[0] for each in server.all("listen"))
    for location in server.all("location"):
        networks = _let_in(location) if location.all("allow", "deny") else _let_in(server)
        for target in _targets(location, upstreams):
            yield NginxRoute(location.arguments[-1], target, listens, networks)


def _let_in(block: ParsedDirective) -> tuple[str, ...]:
    """Rules are tried in their order; without a `deny all` everybody is let in.

    https://nginx.org/en/docs/http/ngx_http_access_module.html
    """
    found: list[str] = []
    for rule in block.all("allow", "deny"):
        if rule.arguments == ("all",):
            return tuple(found) if rule.name == "deny" else ()
        if rule.name == "allow":
            found.append(rule.arguments[0])
    return ()


def _targets(location: ParsedDirective, upstreams: dict[str, list[str]]) -> list[str]:
    for each in location.all("proxy_pass"):
        host = each.arguments[0].partition("://")[2]
        address = host if host.startswith("unix:") else host.partition("/")[0]
        return [server.removeprefix("unix:").partition(":/")[0] for server in upstreams.get(address, [address])]
    return [FILES if location.all("alias") else ITSELF]
