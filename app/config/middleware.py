"""What surrounds each request: its id and its line in the log, and the policies that go with each answer."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.utils.decorators import sync_and_async_middleware

from config import trace
from config.security import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Handler = Callable[[HttpRequest], Any]

logger = logging.getLogger("config.request")

CLIENT_WENT_AWAY = 499
"""As Nginx logs it: https://nginx.org/en/docs/http/ngx_http_log_module.html."""


@dataclass
class Exchange:
    """One request and its answer, as the log tells of them: without the query, which may hold anything."""

    request: HttpRequest
    request_id: str
    status: int = CLIENT_WENT_AWAY
    started: float = field(default_factory=perf_counter)

    def finish(self, response: HttpResponseBase) -> HttpResponseBase:
        """Return the answer with its headers."""
        self.status = response.status_code
        response.headers["X-Request-ID"] = self.request_id
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    def log(self) -> None:
        """Write the request's line."""
        fields = {
            "method": self.request.method,
            "path": self.request.path,
            "status": self.status,
            "duration_ms": round((perf_counter() - self.started) * 1000, 1),
        }
        logger.info("request", extra={"fields": fields})


@contextmanager
def exchange(request: HttpRequest) -> Iterator[Exchange]:
    """Bind the request's id to what is logged meanwhile, and write the request's line at the end."""
    one = Exchange(request, trace.sane_id(request.headers.get("X-Request-ID", "")))
    token = trace.request_id.set(one.request_id)
    try:
        yield one
    except Exception:  # the page that tells of errors failed, too
        one.status = 500
        raise
    finally:
        one.log()
        trace.request_id.reset(token)


@sync_and_async_middleware
def exchange_middleware(get_response: Handler) -> Handler:
    """Give each request an id, its line in the log, and its answer the policies."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            with exchange(request) as one:
                return one.finish(await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        with exchange(request) as one:
            return one.finish(get_response(request))

    return answer
