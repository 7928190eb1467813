"""A steady load: so many requests a second, each sent when it is due, whether or not the last was answered."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "127.0.0.1"


@dataclass(frozen=True)
class Load:
    """What became of the requests: answers by status (0: none), and the sorted latencies in ms of those answered.

    A latency counts from the moment at which the request was due, so that a stall is not hidden
    by requests which then are not sent (coordinated omission).
    """

    statuses: Counter[int]
    latencies: tuple[float, ...]

    def percentile(self, share: float) -> float:
        """The latency in ms that a share of the answers did not exceed (nearest rank)."""
        return self.latencies[max(0, -(-len(self.latencies) * int(share * 1000) // 1000) - 1)]


def apply(url: str, domain: str, authority: Path, *, rate: int, seconds: int, sources: int) -> Load:
    """Send `rate` requests a second for `seconds`, in turn from `sources` loopback addresses."""
    return asyncio.run(_apply(url, domain, authority, rate, seconds, sources))


async def _apply(url: str, domain: str, authority: Path, rate: int, seconds: int, sources: int) -> Load:
    trusted = ssl.create_default_context(cafile=str(authority))
    clients = [_client(trusted, f"127.0.0.{11 + number}") for number in range(sources)]
    start = time.perf_counter() + 0.2
    requests = [
        _send(clients[number % sources], url, domain, start + number / rate) for number in range(rate * seconds)
    ]
    answers = await asyncio.gather(*requests)
    for client in clients:
        await client.aclose()
    return Load(Counter(status for status, _ in answers), tuple(sorted(ms for status, ms in answers if status)))


def _client(trusted: ssl.SSLContext, source: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=trusted, local_address=source, limits=httpx.Limits(max_connections=16))
    return httpx.AsyncClient(transport=transport, timeout=60)


async def _send(client: httpx.AsyncClient, url: str, domain: str, due: float) -> tuple[int, float]:
    await asyncio.sleep(max(0, due - time.perf_counter()))
    try:
        answer = await client.get(url, headers={"Host": domain}, extensions={"sni_hostname": domain})
    except httpx.HTTPError:
        return 0, 0.0
    return answer.status_code, (time.perf_counter() - due) * 1000
