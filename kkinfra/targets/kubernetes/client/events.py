"""Events: what the parts of a cluster say about an object, for an hour.

Fields: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON


def events_of(events: Iterable[JSON], obj: JSON) -> list[JSON]:
    """Those that are about this very object (one of the same name that was there before is another), newest first."""
    metadata = part(obj, "metadata")
    found = [
        event
        for event in events
        if (about := part(event, "involvedObject")).get("name") == metadata.get("name")
        and about.get("kind") == obj.get("kind")
        and _same_where_told(about.get("namespace"), metadata.get("namespace"))
        and _same_where_told(about.get("uid"), metadata.get("uid"))
    ]
    return newest_first(found)


def newest_first(events: Iterable[JSON]) -> list[JSON]:
    """Events by when they were last seen."""
    return sorted(events, key=_seen, reverse=True)


def latest(events: Iterable[JSON], *reasons: str, container: str = "") -> str:
    """What the first event says that has one of the reasons, and is about the container where one is given."""
    for event in events:
        field = str(part(event, "involvedObject").get("fieldPath", ""))
        if event.get("reason") in reasons and (not container or field.endswith(f"{{{container}}}")):
            return one_line(event.get("message"))
    return ""


def latest_warning(events: Iterable[JSON]) -> str:
    """What the first event says that is a warning."""
    return next((one_line(event.get("message")) for event in events if event.get("type") == "Warning"), "")


def one_line(text: object) -> str:
    """A text of others as part of a line."""
    return " ".join(str(text or "").split())


def _same_where_told(one: object, other: object) -> bool:
    return not one or not other or one == other


def _seen(event: JSON) -> str:
    series = part(event, "series").get("lastObservedTime")
    times = (
        series,
        event.get("lastTimestamp"),
        event.get("eventTime"),
        part(event, "metadata").get("creationTimestamp"),
    )
    return max(str(time).rstrip("Z") if time else "" for time in times)
