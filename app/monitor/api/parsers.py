"""How the body of a request is read."""

from __future__ import annotations

from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping

BODY_LIMIT = 16_384
"""In bytes. The longest sound target has some 600 characters of text, each of 12 bytes at most (two `\\u` escapes)."""


class BodyTooLarge(APIException):
    """The body has more bytes than any sound one."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("The body is too large.")
    default_code = "too_large"


class SmallJSONParser(JSONParser):
    """JSON of at most `BODY_LIMIT` bytes.

    It is read as UTF-8, whatever the header says: JSON has no other encoding and defines no `charset` (RFC 8259,
    sections 8.1 and 11).
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Parse the body, or raise `BodyTooLarge` or `ParseError`."""
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise BodyTooLarge
        try:
            return super().parse(BytesIO(body), media_type, {**(parser_context or {}), "encoding": "utf-8"})
        except RecursionError as error:
            raise ParseError(_("The JSON is nested too deeply.")) from error
