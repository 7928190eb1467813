"""One look at a target, or many at a time: always ends in time, always with an outcome."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import NamedTuple

import httpx
from django.conf import settings
from django.utils import timezone

from monitor.models import Outcome
from monitor.services import address_guard, guarded_client
from monitor.services.failures import TooLarge, explain

GAP_SECONDS = 0.02


class Job(NamedTuple):
    """What to look at, what status is right, and how long it may take in all."""

    url: str
    expected_status: int
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """How a probe ended.

    `latency_ms` is the time from the start until the headers of the last answer were there: name look-up,
    connection, TLS and redirects included, the body not (curl calls it `time_starttransfer`); `None` without an
    answer. `error` is a short reason, "" if all was well; `at` is when the probe started.
    """

    outcome: Outcome
    latency_ms: int | None = None
    status_code: int | None = None
    error: str = ""
    at: datetime = field(default_factory=timezone.now)


def probe_all(jobs: Iterable[Job]) -> list[Result]:
    """Do all jobs at the same time; results come in the order of the jobs, after about as long as the slowest takes.

    They begin `GAP_SECONDS` apart: 20 that begin at once wait for each other's work on the one processor, and each
    latency shows it (18 ms instead of 2 from a server that answers at once).
    """

    async def in_turn(number: int, job: Job) -> Result:
        await asyncio.sleep(number * GAP_SECONDS)
        return await probe(*job)

    async def all_of_them() -> list[Result]:
        return await asyncio.gather(*(in_turn(number, job) for number, job in enumerate(jobs)))

    return asyncio.run(all_of_them())


async def probe(url: str, expected_status: int, timeout_seconds: float) -> Result:
    """Get a URL once, within `timeout_seconds` for everything, and judge the answer; never raises.

    Redirects are followed, up to `PROBE_MAX_REDIRECTS`, each checked like the first address, unless their own
    status is the expected one. `PROBE_MAX_BYTES` of the body, as sent, are read and thrown away.
    """
    at = timezone.now()
    try:
        async with asyncio.timeout(timeout_seconds), guarded_client.client(timeout_seconds) as client:
            return await _look(client, url, expected_status, at)
    except Exception as error:  # noqa: BLE001 - whatever a target does is its outcome, never the worker's end
        outcome, reason = explain(error)
        return Result(outcome, error=reason, at=at)


async def _look(client: httpx.AsyncClient, url: str, expected_status: int, at: datetime) -> Result:
    start = perf_counter()
    response = await _last_answer(client, url, expected_status)
    latency_ms = round((perf_counter() - start) * 1000)
    status = response.status_code
    if status != expected_status:
        error = f"status {status} instead of {expected_status}"
        return Result(Outcome.WRONG_STATUS, latency_ms, status, error, at)
    await _read_through(response)
    return Result(Outcome.OK, latency_ms, status, at=at)


async def _last_answer(client: httpx.AsyncClient, url: str, expected_status: int) -> httpx.Response:
    """Follow redirects one by one; the library would read their bodies, however long, into memory."""
    request = client.build_request("GET", address_guard.httpx_url(url))
    for _hop in range(settings.PROBE_MAX_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        if response.next_request is None or response.status_code == expected_status:
            return response
        await response.aclose()
        request = response.next_request
    raise httpx.TooManyRedirects("", request=request)


async def _read_through(response: httpx.Response) -> None:
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > settings.PROBE_MAX_BYTES:
            raise TooLarge
