# mypy: ignore-errors
"""The product's ASGI application, with the release's name on each answer, and an address that takes its time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Message = dict[str, Any]
    Send = Callable[[Message], Awaitable[None]]

VARIANT = os.environ["VARIANT"]
RELEASE = os.environ["APP_RELEASE"].encode()
LONGEST_SECONDS = 60
FAILED_START = 3
"""The status after which Uvicorn's parent gives up; see the product's `config.start`."""

if VARIANT == "crash":
    sys.stderr.write("variant crash: the flux capacitor is missing\n")
    sys.exit(FAILED_START)
if VARIANT == "oom":
    hoard = [b"x" * 10_000_000 for _ in range(40)]

from config.asgi import application as product  # noqa: E402 - what comes before ends the process, or should


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """Answer what is the variant's; pass everything else on to the product."""

    async def named(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (b"x-release", RELEASE)]}
        await send(message)

    if scope["type"] != "http":
        await product(scope, receive, send)
    elif scope["path"] == "/slow":
        asked = parse_qs(scope["query_string"].decode()).get("seconds", ["1"])[0]
        await asyncio.sleep(min(float(asked), LONGEST_SECONDS))
        await answer(named, 200, RELEASE)
    elif scope["path"] == "/healthz/ready" and VARIANT == "unhealthy":
        checks = {"database": "ok", "variant": "the flux capacitor is not charged"}
        await answer(named, 503, json.dumps({"status": "unavailable", "checks": checks}).encode())
    elif scope["path"] == "/healthz/ready" and VARIANT == "redirect":
        await answer(named, 301, b"", (b"location", b"https://elsewhere.invalid/healthz/ready"))
    else:
        await product(scope, receive, named)


async def answer(send: Send, status: int, body: bytes, *further: tuple[bytes, bytes]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store"), length, *further]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
