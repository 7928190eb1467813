"""How pages are answered.

A public page sets no cookie and holds no token, nor anything that a reader sent: compressing it gives nothing away
(BREACH needs a secret in the page, https://www.breachattack.com).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language

from monitor.pages import rendering, store

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from monitor.pages.serving import Shown

ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
VARY = "Accept-Encoding, Accept-Language, Cookie"
"""The same address answers staff, whom a cookie tells, with another page."""

RETRY_SECONDS = 10


def public(request: HttpRequest, shown: Shown) -> HttpResponseBase:
    """A page that everybody may keep for as long as it is fresh; 304 for who has it."""
    if shown.database_away:
        notice = rendering.notice(shown.copy.made_at)
        return private(shown.copy.html.replace(rendering.NOTICE, notice, 1))
    compressed = bool(ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))
    response = _page(shown.copy.compressed if compressed else shown.copy.html)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    # Weak, since it stands for the text and not for the bytes, which differ by encoding (RFC 9110, 8.8.3.3).
    etag = response.headers["ETag"] = f'W/"{shown.copy.etag}"'
    # Where there is a session, its middleware may set or delete the cookie, which is nobody else's.
    keepers = "private" if settings.SESSION_COOKIE_NAME in request.COOKIES else "public"
    response.headers["Cache-Control"] = f"{keepers}, max-age={settings.PAGE_FRESH_SECONDS}"
    return get_conditional_response(request, etag=etag, response=response) or response


def private(html: str, status: int = 200) -> HttpResponse:
    """A page that nobody may keep."""
    response = _page(html, status)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def unavailable() -> HttpResponse:
    """503, with a page that says what is missing."""
    response = private(rendering.unavailable_page(cache_away=store.breaker.away), 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _page(content: str | bytes, status: int = 200) -> HttpResponse:
    language = get_language() or settings.LANGUAGE_CODE
    return HttpResponse(content, status=status, headers={"Vary": VARY, "Content-Language": language})
