"""How errors are told."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound
from rest_framework.views import APIView, exception_handler

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response

logger = logging.getLogger(__name__)


class DatabaseAway(APIException):
    """The database cannot be reached, or does not answer in time; `wait` is in seconds."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = _("the database cannot be reached; try again")
    default_code = "database_away"
    wait = 5


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Give the response for an error, or `None` for one that nobody foresaw (a 500).

    400 is `{"field": ["message"]}`, or `{"detail": "message"}` for a body that cannot be read; all others are
    `{"detail": "message"}`. While the database is away: 503 with `Retry-After`.
    """
    if isinstance(error, (OperationalError, InterfaceError)):
        logger.warning("the database is away: %s", error)
        error = DatabaseAway()
    return exception_handler(error, context)


class NothingHere(APIView):
    """Answers for an address that the API does not have."""

    authentication_classes = permission_classes = ()
    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:  # noqa: ARG002 - the framework's signature
        """Refuse whatever is asked."""
        raise NotFound
