"""Why an operator has not filled a Secret: its own words, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.events import events_of, latest_warning
from kkinfra.targets.kubernetes.health.readiness import readiness

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON


def external_secret(obj: JSON, _pods: Sequence[JSON], events: list[JSON]) -> Iterator[str]:
    """The condition says that it failed, and an event what the store answered."""
    said = latest_warning(events_of(events, obj))
    item = "see that the store is ready, and has each item and property that it names"
    yield f"{readiness(obj).why}{f' ({said})' if said else ''}; {item}; does the operator run?"


def sealed_secret(obj: JSON, _pods: Sequence[JSON], events: list[JSON]) -> Iterator[str]:
    """What was sealed for another cluster, namespace or name is not decrypted."""
    said = latest_warning(events_of(events, obj))
    remedy = "seal it anew with this cluster's certificate: `kkinfra secrets seal`; does the controller run?"
    yield f"{readiness(obj).why}{f' ({said})' if said else ''}; {remedy}"
