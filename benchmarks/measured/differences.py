"""Differences of 2,000 objects in memory, beside the second that they may take."""

from __future__ import annotations

import copy
import io
import time
from typing import TYPE_CHECKING, Any

from benchmarks.comparison import Comparison, Row
from benchmarks.many_environments import EXTENDED, SPEC
from kkinfra.console.changes import difference_lines
from kkinfra.difference.markdown import markdown
from kkinfra.difference.report import Compared, Difference
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.plan.difference import change
from kkinfra.targets.kubernetes.plan.text import CLUSTER, object_changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kkinfra.targets.kubernetes.plan.difference import ObjectChange

COUNT = 2_000
MOST_MS = 1_000.0
_MS = 1e3


def differences(_scratch: Path, runs: int) -> Iterator[Row]:
    """Objects that are as they were, and objects of which each has another label, compared and told: CPU time."""
    desired = _desired()
    for what, live in (("the same", desired), ("all different", [_relabelled(each) for each in desired])):
        there = [_as_kept(each) for each in live]
        times = sorted(_seconds(desired, there) for _ in range(min(runs, 5)))
        told = f"{COUNT:,} objects, {what}, compared and told"
        yield Comparison(told, "one second", times[0] * _MS, MOST_MS, 1.0)


def _desired() -> list[dict[str, Any]]:
    rendered = objects(render(open_spec(str(SPEC)).environments[EXTENDED]))
    return [copy.deepcopy(rendered[number % len(rendered)]) for number in range(COUNT)]


def _relabelled(obj: dict[str, Any]) -> dict[str, Any]:
    labels = {**obj["metadata"].get("labels", {}), "example.org/measured": "before"}
    return {**obj, "metadata": {**obj["metadata"], "labels": labels}}


def _as_kept(obj: dict[str, Any]) -> dict[str, Any]:
    """As a server has it."""
    kept = copy.deepcopy(obj) | {"status": {"observedGeneration": 1}}
    kept["metadata"] |= {"uid": "1", "resourceVersion": "1", "generation": 1, "managedFields": [{"manager": "kkinfra"}]}
    return kept


def _seconds(desired: list[dict[str, Any]], live: list[dict[str, Any]]) -> float:
    began = time.process_time()
    found: list[ObjectChange] = [change(reference(new), old, new) for old, new in zip(live, desired, strict=True)]
    told = Difference("bench", (Compared(CLUSTER, "memory"),), tuple(object_changes(found)))
    markdown(told)
    sum(1 for _ in difference_lines(told, io.StringIO()))
    return time.process_time() - began
