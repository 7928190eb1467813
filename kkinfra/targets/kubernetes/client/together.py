"""Requests side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from kkinfra.errors import ApplyConflictError, ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_AT_A_TIME = 16


def together(function: Callable[[Asked], Answer], asked: Iterable[Asked]) -> list[Answer]:
    """The answers in the order of what was asked; the first error is raised once all have ended."""
    everything = list(asked)
    if not everything:
        return []
    with ThreadPoolExecutor(min(_AT_A_TIME, len(everything))) as pool:
        return list(pool.map(function, everything))


def raise_together(answers: Iterable[JSON | ClusterError]) -> list[JSON]:
    """What was applied; raises ClusterError that tells all that was refused, conflicts with fields and owners."""
    found = list(answers)
    refused = [each for each in found if isinstance(each, ClusterError)]
    if problem := refusal_of(refused):
        raise problem
    return [each for each in found if not isinstance(each, ClusterError)]


def refusal_of(refused: Sequence[ClusterError]) -> ClusterError | None:
    """One error that tells all; None where there is none."""
    if not refused:
        return None
    told = "\n".join(dict.fromkeys(str(each) for each in refused))
    if any(isinstance(each, ApplyConflictError) for each in refused):
        told += "\ntake them over with --force-conflicts, or let their owners keep them by taking them out of the spec"
    return ClusterError(told, refused[0].status, refused[0].reason)
