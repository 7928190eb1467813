"""Visitors of a rehearsed production: HTTPS to this machine's loopback, under the product's name."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from rehearsal.production import Production

ADDRESS = "127.0.0.1"


class Named(httpx.BaseTransport):
    """Connects to loopback, and asks for the product's name in TLS and in the request."""

    def __init__(self, stack: Production, source: str = ADDRESS) -> None:
        self._domain = str(stack.environment.domain)
        trusted = ssl.create_default_context(cafile=str(stack.authority))
        self._transport = httpx.HTTPTransport(verify=trusted, local_address=source, retries=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = self._domain
        request.url = request.url.copy_with(host=ADDRESS)
        return self._transport.handle_request(request)

    def close(self) -> None:
        self._transport.close()


def visitor(stack: Production, source: str = ADDRESS) -> httpx.Client:
    """A client whose requests come from one loopback address; Nginx counts requests by address."""
    return httpx.Client(base_url=stack.url, transport=Named(stack, source), timeout=60)
