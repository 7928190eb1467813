"""The public status pages."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from monitor.pages import rendering, responses, serving
from monitor.pages.breaker import Away

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http.response import HttpResponseBase

T = TypeVar("T")
ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /api/\n"


@require_safe
def status(request: HttpRequest) -> HttpResponseBase:
    """The state of all targets."""
    return _answer(request, "status", rendering.status_page)


@require_safe
def target(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One target's history."""
    return _answer(request, f"target:{pk}", partial(rendering.target_page, pk))


@require_safe
@cache_control(public=True, max_age=86_400)
def robots(_request: HttpRequest) -> HttpResponse:
    """What crawlers are to leave alone (RFC 9309)."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


def _answer(request: HttpRequest, name: str, render: Callable[..., str | None]) -> HttpResponseBase:
    language = _speak(request)
    if settings.SESSION_COOKIE_NAME in request.COOKIES and (response := _for_staff(request, render)):
        return response
    try:
        return responses.public(request, _existing(serving.shown(f"{name}:{language}", render)))
    except Away:
        return responses.unavailable()


def _for_staff(request: HttpRequest, render: Callable[..., str | None]) -> HttpResponse | None:
    """A page made for staff, if it is they who ask; without the database, they see what all see."""
    with suppress(Away), serving.breaker.trying():
        if request.user.is_staff:
            return responses.private(_existing(render(timezone.now(), staff=True)))
    return None


def _speak(request: HttpRequest) -> str:
    """Switch to the language that the address names, or else the browser."""
    wanted = request.GET.get("lang")
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language_from_request(request)
    translation.activate(language)
    return language


def _existing(found: T | None) -> T:
    if found is None:
        raise Http404(_("There is no such service."))
    return found
