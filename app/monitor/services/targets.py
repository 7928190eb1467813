"""How targets are changed while workers write to them."""

from django.db import transaction
from django.shortcuts import get_object_or_404

from monitor.models import Target


@transaction.atomic
def delete(target: Target) -> None:
    """Delete a target, with results that are being stored at this very moment."""
    hold(target)
    target.delete()


def hold(target: Target) -> None:
    """Let workers wait with their results until the transaction ends; raise `Http404` if the target is gone."""
    get_object_or_404(Target.objects.select_for_update(), pk=target.pk)
