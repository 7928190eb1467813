"""Serializers that take exactly what they describe: JSON's own types, and no field that is not theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

UNKNOWN = _("There is no such field.")
READ_ONLY = _("This field cannot be written.")
SHOWN_NAME = 80


class Text(serializers.CharField):
    """A string; a number is none."""

    def to_internal_value(self, data: object) -> str:
        """Refuse all but strings."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumber(serializers.IntegerField):
    """A number without a fraction; `"5"` and `true` are none."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse all but numbers."""
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class YesOrNo(serializers.BooleanField):
    """`true` or `false`; `"yes"` and `1` are neither."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse all but the two."""
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class UtcTime(serializers.DateTimeField):
    """A time, told in UTC whatever the product's time zone is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default_timezone=UTC, **options)


class StrictSerializer(serializers.ModelSerializer[Any]):
    """A serializer that refuses wrong types and unknown fields by name.

    `Meta.staff_only` names fields that nobody else gets to see.
    """

    serializer_field_mapping: ClassVar[Any] = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: YesOrNo,
        models.CharField: Text,
        models.DateTimeField: UtcTime,
        models.PositiveIntegerField: WholeNumber,
        models.PositiveSmallIntegerField: WholeNumber,
    }

    def to_internal_value(self, data: Any) -> Any:
        """Validate the body; fields that cannot be written are errors, since leaving them out would hide a mistake."""
        if isinstance(data, Mapping) and (refused := self.refused(data)):
            raise serializers.ValidationError(refused)
        return super().to_internal_value(data)

    def refused(self, data: Mapping[str, object]) -> dict[str, list[Any]]:
        """Name what the body holds and may not."""
        writable = {field.field_name for field in self._writable_fields}
        return {shown(name): [READ_ONLY if name in self.fields else UNKNOWN] for name in data if name not in writable}

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Leave out what is staff's alone, unless it is staff who asks."""
        representation = super().to_representation(instance)
        request = self.context.get("request")
        if request is None or not request.user.is_staff:
            for name in staff_only(self):
                del representation[name]
        return representation


def staff_only(serializer: serializers.Serializer[Any]) -> tuple[str, ...]:
    """Name the fields that are staff's alone."""
    return tuple(getattr(getattr(serializer, "Meta", None), "staff_only", ()))


def shown(name: str) -> str:
    """Make a name from outside fit for an answer: not too long, and without lone surrogates, which UTF-8 lacks."""
    return name[:SHOWN_NAME].encode("utf-8", "backslashreplace").decode()
