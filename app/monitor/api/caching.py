"""What may be kept by browsers and proxies, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.cache import add_never_cache_headers, patch_cache_control, patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework import status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.views import APIView

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


@method_decorator(conditional_page, name="dispatch")
class FreshView(APIView):
    """A view whose public answers may be kept for `PAGE_FRESH_SECONDS`, with an `ETag`; nothing else may be kept.

    Answers depend on who asks, so they vary with both kinds of credentials (RFC 9110, section 12.5.5).
    """

    def finalize_response(self, request: Request, response: Response, *args: object, **kwargs: object) -> Response:
        """Add the headers for caches."""
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ["Authorization", "Cookie"])
        readable = request.method in SAFE_METHODS and response.status_code == status.HTTP_200_OK
        if readable and not request.user.is_authenticated:
            # Where there is a session, its middleware may set or delete the cookie, which is nobody else's.
            keepers = "private" if settings.SESSION_COOKIE_NAME in request.COOKIES else "public"
            patch_cache_control(response, **{keepers: True}, max_age=settings.PAGE_FRESH_SECONDS)
        else:
            add_never_cache_headers(response)
        return response
