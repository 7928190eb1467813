"""An HTTP client that connects to nothing but addresses the guard has let pass."""

import logging
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx
from django.conf import settings

from monitor.services import address_guard
from monitor.services.address_rules import Address

MAX_ADDRESSES = 4  # of a name that has several, so that each attempt gets a fair share of the time
# At INFO the library writes whole URLs, also those that are secrets.
logging.getLogger("httpx").setLevel(logging.WARNING)


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a request's host, checks every address, and connects to the very address that was checked.

    The name is not resolved a second time, so it cannot change in between (DNS rebinding). The Host header and
    the TLS name stay those of the URL (httpx: "Extensions", `sni_hostname`). Connections are not kept: the pool
    knows them by address, and one name's connection must not serve another's request.
    """

    def __init__(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        self._plain = httpx.AsyncHTTPTransport(verify=_tls(), trust_env=False, limits=limits)
        self._streams: list[Any] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request to the first address that takes the connection."""
        host, port = address_guard.split(request.url)
        addresses = (await address_guard.resolve(host, port))[:MAX_ADDRESSES]
        for address in addresses[:-1]:
            try:
                return await self._send(request, address, share=len(addresses))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(request, addresses[-1], share=len(addresses))

    async def _send(self, request: httpx.Request, address: Address, share: int) -> httpx.Response:
        timeout = dict(request.extensions["timeout"])
        timeout["connect"] /= share
        name = request.url.raw_host.decode("ascii").rstrip(".")
        return await self._plain.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "timeout": timeout, "sni_hostname": name, "trace": self._keep},
            )
        )

    async def _keep(self, event: str, info: dict[str, Any]) -> None:
        """Note each connection: httpcore forgets one whose TLS handshake is cancelled (httpx: "Extensions", trace)."""
        if event == "connection.connect_tcp.complete":
            self._streams.append(info["return_value"])

    async def aclose(self) -> None:
        """Close every connection, whatever became of it."""
        await self._plain.aclose()
        for stream in self._streams:
            await stream.aclose()


def client(timeout_seconds: float) -> httpx.AsyncClient:
    """Return a client for one errand: no cookies of others, no proxies of the environment, redirects by hand.

    The timeout is for each step; whoever uses the client sets a deadline for the whole.
    """
    headers = {
        "User-Agent": f"kkambbaki/{settings.RELEASE}",
        "Accept": "*/*",
        # Answers are counted, never read: what is not unpacked cannot burst.
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    return httpx.AsyncClient(
        transport=GuardedTransport(), trust_env=False, timeout=timeout_seconds, headers=headers, follow_redirects=False
    )


@cache
def _tls() -> SSLContext:
    """Return the one TLS context: loading the authorities takes longer than a probe. SSL_CERT_FILE adds own ones."""
    return httpx.create_ssl_context()
