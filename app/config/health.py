"""`/healthz/live`, `/healthz/ready` and `/version`: answered before hosts are checked or HTTPS is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.conf import settings
from django.http import JsonResponse
from django.utils.decorators import sync_and_async_middleware

from config import readiness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Handler = Callable[[HttpRequest], Any]


async def live() -> JsonResponse:
    """Say that the process answers; nothing else is touched."""
    return JsonResponse({"status": "ok"})


async def ready() -> JsonResponse:
    """Say whether all that a page needs is there: 200, or 503 and the kind of each failure."""
    checks = await readiness.run()
    good = all(found == readiness.OK for found in checks.values())
    return JsonResponse({"status": "ok" if good else "unavailable", "checks": checks}, status=200 if good else 503)


async def version() -> JsonResponse:
    """Say what runs here."""
    running = {"release": settings.RELEASE, "revision": settings.REVISION, "image_digest": settings.IMAGE_DIGEST}
    return JsonResponse(running)


ENDPOINTS: dict[str, Callable[[], Awaitable[JsonResponse]]] = {
    "/healthz/live": live,
    "/healthz/ready": ready,
    "/version": version,
}


@sync_and_async_middleware
def health_middleware(get_response: Handler) -> Handler:
    """Answer the addresses of this module; pass every other request on."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            endpoint = ENDPOINTS.get(request.path_info)
            return fresh(await endpoint()) if endpoint else await get_response(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        endpoint = ENDPOINTS.get(request.path_info)
        return fresh(async_to_sync(endpoint)()) if endpoint else get_response(request)

    return answer


def fresh(response: JsonResponse) -> JsonResponse:
    """Return an answer that nobody keeps."""
    response.headers["Cache-Control"] = "no-store"
    return response
