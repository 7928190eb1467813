"""The product, asked from here, as a visitor would: by its name, over the network."""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host.nginx import unverified
from kkinfra.spec.stack import Nginx, Webapp

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

_SECONDS = 10
_LOCAL = ".localhost"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was asked and what came of it; `good` is an answer of 200."""

    url: str
    said: str
    good: bool


def look(environment: Environment, *, encrypted: bool) -> Seen | None:
    """Ask for the path that answers while it is ready; None where not everybody may, or there is nothing to ask."""
    nginx, webapp = environment.part(Nginx), environment.part(Webapp)
    if nginx is None or webapp is None or environment.access.vpn:
        return None
    port = int(nginx[1].https_port if encrypted else nginx[1].http_port)
    path = str(webapp[1].health.ready)
    url = f"{'https' if encrypted else 'http'}://{environment.domain}:{port}{path}"
    domain, doubt = str(environment.domain), ""
    try:
        try:
            status = _ask(domain, port, path, trust=ssl.create_default_context() if encrypted else None)
        except ssl.SSLCertVerificationError as error:
            doubt = f", with a certificate that is not trusted here: {error.verify_message}"
            status = _ask(domain, port, path, trust=unverified())
    except (OSError, http.client.HTTPException) as error:
        return Seen(url, str(error), good=False)
    return Seen(url, f"{status}{doubt}", good=status == http.client.OK)


def _ask(domain: str, port: int, path: str, *, trust: ssl.SSLContext | None) -> int:
    """The status, over TLS where there is somebody to trust.

    Names below `localhost` are this machine (RFC 6761, 6.3), which not every resolver knows.
    """
    address = "127.0.0.1" if domain.endswith(_LOCAL) else domain
    connection = http.client.HTTPConnection(domain, port, timeout=_SECONDS)
    try:
        connection.sock = socket.create_connection((address, port), timeout=_SECONDS)
        if trust is not None:
            connection.sock = trust.wrap_socket(connection.sock, server_hostname=domain)
        connection.request("GET", path, headers={"Host": domain if port in (80, 443) else f"{domain}:{port}"})
        return connection.getresponse().status
    finally:
        connection.close()
