"""How pods behave, on command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cluster_double.kinds import JSON

MODES = frozenset(
    {"ImagePullBackOff", "CrashLoopBackOff", "OOMKilled", "NotReady", "ConfigError", "Unschedulable", "Quota", "Slow"}
    | {"Hangs", "NeverEnds", "Healthy"}
)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the pods of a workload behave.

    `name` is the workload's, a pod's or an image. With `image`, only pods of that image do; with `container`, that one
    is at fault, else the first. `seconds` is for Slow: how long they take. `log` is what the container writes.
    """

    name: str
    mode: str
    container: str = ""
    image: str = ""
    message: str = ""
    log: str = ""
    exit_code: int = 1
    seconds: float = 1.0


@dataclass(slots=True)
class Behaviours:
    """The behaviours on command; the last one that fits counts."""

    known: list[Behaviour] = field(default_factory=list)

    def of(self, workload: str, name: str, spec: JSON) -> Behaviour | None:
        """That of a pod, or of a pod that is to be; none where it is healthy."""
        images = {each["image"] for each in (*spec["containers"], *(spec.get("initContainers") or []))}
        names = {workload, name} | images
        fitting = [each for each in self.known if each.name in names and (not each.image or each.image in images)]
        return fitting[-1] if fitting and fitting[-1].mode != "Healthy" else None
