"""Storing what a request changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.serializers import ValidationError

from monitor.services.targets import hold

if TYPE_CHECKING:
    from rest_framework.serializers import BaseSerializer

    from monitor.models import Target


def save(serializer: BaseSerializer[Target]) -> None:
    """Store a target; if another request took its name since it was checked, raise `ValidationError`."""
    try:
        with transaction.atomic():
            if serializer.instance is not None:
                hold(serializer.instance)
            serializer.save()
    except IntegrityError as error:
        raise ValidationError({"name": [_("Another target has this name.")]}) from error
