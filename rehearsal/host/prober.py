"""Asks over a new connection each time, at a steady rate, and for long answers beside; runs by itself, in a container.

`prober.py URL RATE LONG_PATH LONG_RATE SECONDS` ends after so many seconds or with SIGINT, waits for what it asked, and
prints one line of JSON. Each request is sent when it is due, whether or not the last one was answered.
"""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

ADDRESS = "127.0.0.1"
SOURCES = 100
"""Addresses that each kind of request comes from in turn: Nginx lets one have 20 requests open at a time."""
TIMEOUT_SECONDS = 15
"""Of one request, the long ones included."""
OK = range(200, 300)


@dataclass
class ProbeCount:
    """What became of requests of one kind; `network` starts the addresses that they come from."""

    network: str
    failed: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    answered_at: list[float] = field(default_factory=list)

    def told(self, start: float, end: float) -> dict[str, Any]:
        """As a plain value; `dark` is the longest time in seconds in which no good answer came."""
        moments = [start, *sorted(self.answered_at), max([end, *self.answered_at])]
        dark = max(later - earlier for earlier, later in pairwise(moments))
        return {"failed": dict(self.failed), "releases": dict(self.releases), "dark": round(dark, 3)}


async def ask(count: ProbeCount, url: str, source: str) -> None:
    """Ask once, and count the outcome."""
    try:
        status, release = await asyncio.wait_for(answer(url, source), TIMEOUT_SECONDS)
    except TimeoutError:
        count.failed["timeout"] += 1
    except (OSError, EOFError, ValueError) as error:
        count.failed[type(error).__name__] += 1
    else:
        if status in OK:
            count.releases[release] += 1
            count.answered_at.append(asyncio.get_running_loop().time())
        else:
            count.failed[f"status {status}"] += 1


async def answer(url: str, source: str) -> tuple[int, str]:
    """Status and release of a whole answer; raises OSError, EOFError, ValueError."""
    parts = urlsplit(url)
    secure: dict[str, Any] = {}
    if parts.scheme == "https":
        secure = {"ssl": unverified(), "server_hostname": parts.hostname}
    reader, writer = await asyncio.open_connection(ADDRESS, parts.port, local_addr=(source, 0), **secure)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        writer.write(f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = await reader.read()
    finally:
        writer.close()
    first, *lines = head.strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = len(body) == int(headers["content-length"]) if "content-length" in headers else body.endswith(b"0\r\n\r\n")
    if not whole:
        raise EOFError
    return int(first.split()[1]), headers.get("x-release", "")


def unverified() -> ssl.SSLContext:
    """TLS that takes any certificate: who answers is not the question here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def steadily(count: ProbeCount, url: str, rate: float, stopped: asyncio.Event) -> None:
    """Ask so many times a second until it is stopped, then wait for the answers."""
    loop = asyncio.get_running_loop()
    start, number = loop.time(), 0
    async with asyncio.TaskGroup() as asked:
        while not stopped.is_set():
            asked.create_task(ask(count, url, f"{count.network}.{number % SOURCES + 1}"))
            number += 1
            await asyncio.sleep(max(0.0, start + number / rate - loop.time()))


async def main(url: str, rate: float, long_path: str, long_rate: float, seconds: float) -> None:
    """Ask until SIGINT, or for so many seconds, and tell."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    ends: list[float] = []

    def stop() -> None:
        ends.append(loop.time())
        stopped.set()

    loop.add_signal_handler(signal.SIGINT, stop)
    loop.call_later(seconds, stop)
    fresh, long = ProbeCount("127.0.1"), ProbeCount("127.0.2")
    parts = urlsplit(url)
    start = loop.time()
    async with asyncio.TaskGroup() as both:
        both.create_task(steadily(fresh, url, rate, stopped))
        both.create_task(steadily(long, f"{parts.scheme}://{parts.netloc}{long_path}", long_rate, stopped))
    print(json.dumps({"fresh": fresh.told(start, ends[0]), "long": long.told(start, ends[0])}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5])))
