"""What an Argo CD Application says of itself: how far it is, and what keeps it from getting there.

https://argo-cd.readthedocs.io/en/stable/operator-manual/health/ and the types of argoproj.io/v1alpha1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kkinfra.targets.kubernetes.client.objects import items, part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kkinfra.targets.kubernetes.client.objects import JSON

_ENDED_BADLY = ("Failed", "Error")
_WRONG = ("ComparisonError", "InvalidSpecError", "SyncError", "UnknownError")
_MOST = 15


@dataclass(frozen=True, slots=True)
class ApplicationState:
    """How far the Application is with a commit.

    `troubled` may pass by itself (the health of what ran before, a repository that is not reached for a moment), and
    is a failure where it stays; `failed` is over, since Argo CD tries no revision again that it gave up on.
    """

    kind: Literal["done", "under way", "troubled", "failed"]
    text: str


def state(application: JSON, includes: Callable[[str], bool]) -> ApplicationState:
    """How far it is; `includes` says whether a revision is the wanted one, or came after it."""
    status = part(application, "status")
    operation = part(status, "operationState")
    phase, doing = str(operation.get("phase", "")), str(operation.get("message", ""))
    if phase in _ENDED_BADLY and _is_there(_attempted(operation), includes):
        return ApplicationState("failed", f"the sync {phase.lower()}: {doing}")
    if wrong := _conditions(status):
        return ApplicationState("troubled", wrong[0])
    if not _is_there(str(part(status, "sync").get("revision", "")), includes):
        return ApplicationState("under way", "waiting until Argo CD has seen the commit")
    if phase == "Running" or "operation" in application:
        return ApplicationState("under way", doing or "syncing")
    return _settled(_word(status, "sync"), _word(status, "health"))


def _settled(sync: str, health: str) -> ApplicationState:
    if sync != "Synced":
        return ApplicationState("under way", f"{sync or 'not compared yet'}, waiting for the sync")
    if health == "Healthy":
        return ApplicationState("done", "synced and healthy")
    return ApplicationState(
        "troubled" if health == "Degraded" else "under way", f"synced, {health or 'health not known yet'}"
    )


def _is_there(revision: str, includes: Callable[[str], bool]) -> bool:
    return bool(revision) and includes(revision)


def _word(status: JSON, name: str) -> str:
    return str(part(status, name).get("status", ""))


def _attempted(operation: JSON) -> str:
    found = part(operation, "syncResult").get("revision") or part(operation, "operation", "sync").get("revision")
    return str(found or "")


def _conditions(status: JSON) -> list[str]:
    return [
        f"{each.get('type')}: {each.get('message', '')}"
        for each in items(status, "conditions")
        if each.get("type") in _WRONG
    ]


def troubles(application: JSON) -> list[str]:
    """What is not synced or not healthy, and why, each thing once, as far as the Application knows."""
    status = part(application, "status")
    operation = part(status, "operationState")
    found = [*_conditions(status)]
    if operation.get("phase") in (*_ENDED_BADLY, "Running") and operation.get("message"):
        found.append(f"sync {operation['phase']}: {operation['message']}")
    found += _results(operation)
    found += _resources(status)
    unique = list(dict.fromkeys(found))
    return [*unique[:_MOST], *([f"... and {len(unique) - _MOST} more"] if len(unique) > _MOST else [])]


def _results(operation: JSON) -> Iterator[str]:
    for each in items(operation, "syncResult", "resources"):
        hook = str(each.get("hookPhase", ""))
        if each.get("status") == "SyncFailed" or hook in _ENDED_BADLY:
            word = f"hook {hook.lower()}" if each.get("hookType") else "was not applied"
            yield f"{_named(each)} {word}: {each.get('message', '')}"


def _resources(status: JSON) -> Iterator[str]:
    """Health of a resource is here only where Argo CD keeps it (controller.resource.health.persist)."""
    for each in items(status, "resources"):
        health = part(each, "health")
        if each.get("requiresPruning"):
            yield f"{_named(each)} is not in Git any more, and was not pruned"
        elif each.get("status") == "OutOfSync":
            yield f"{_named(each)} is not synced"
        if health.get("status") not in (None, "Healthy", "Suspended"):
            said = f": {health['message']}" if health.get("message") else ""
            yield f"{_named(each)} is {str(health['status']).lower()}{said}"


def _named(resource: JSON) -> str:
    return f"{str(resource.get('kind', '')).lower()}/{resource.get('name', '')}"


def out_of_sync(application: JSON) -> list[str]:
    """The resources that Argo CD finds to be other than in Git."""
    return [_named(each) for each in items(application, "status", "resources") if each.get("status") == "OutOfSync"]


def summary(application: JSON) -> str:
    """In a few words: revision, sync and health."""
    status = part(application, "status")
    revision = str(part(status, "sync").get("revision", ""))[:12] or "no revision"
    return f"Argo CD is at {revision}, {_word(status, 'sync') or 'Unknown'}, {_word(status, 'health') or 'Unknown'}"
