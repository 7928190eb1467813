"""How long lists are cut into pages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import DateTimeField
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination, PageNumberPagination

if TYPE_CHECKING:
    from django.core.paginator import Paginator
    from django.db.models import Model, QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView

PAGE_SIZE = 100


class NumberedPages(PageNumberPagination):
    """For what is short and rarely changes."""

    page_size = PAGE_SIZE
    page_query_description = "The number of a page, from 1."

    def get_page_number(self, request: Request, paginator: Paginator[Any]) -> str:  # noqa: ARG002
        """Give the number as it was written; one that is left empty, or the word `last`, is none."""
        return request.query_params.get(self.page_query_param, "1")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page."""
        return linked(super().get_paginated_response_schema(schema), "targets/?page=2")


class NewestFirst(CursorPagination):
    """For what grows at its beginning: a page goes on from a time, so that rows that come in meanwhile shift nothing.

    The order is the model's own, by a time or a day.
    """

    page_size = PAGE_SIZE
    cursor_query_description = "Where to go on, as the links `next` and `previous` say."

    def get_ordering(self, request: Request, queryset: QuerySet[Model], view: APIView) -> tuple[str, ...]:  # noqa: ARG002
        """Give the model's order."""
        self.options = queryset.query.get_meta()
        return tuple(str(name) for name in self.options.ordering or ())

    def decode_cursor(self, request: Request) -> Any:
        """Read the cursor; one that was not made here is a 404, and never reaches the database."""
        cursor: Any = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        field = self.options.get_field(self.ordering[0].removeprefix("-"))
        try:
            position = _time(cursor.position) if isinstance(field, DateTimeField) else _day(cursor.position)
        except (ValueError, OverflowError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        return cursor._replace(position=position)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page."""
        return linked(super().get_paginated_response_schema(schema), "incidents/?cursor=cD0yMDI2")


def linked(page: dict[str, Any], example: str) -> dict[str, Any]:
    """Say of the links to other pages that they are always there, and show how they look."""
    for name in ("next", "previous"):
        page["properties"][name] |= {"example": f"https://status.example/api/{example}"}
    return {**page, "required": list(page["properties"])}


def _time(text: str) -> str:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError(text)
    return time.astimezone(UTC).isoformat()


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()
