"""The thread that the controllers run in: round after round, while something changes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cluster_double.controllers import (
    claims,
    collector,
    deployments,
    jobs,
    kubelet,
    namespaces,
    replica_sets,
    scheduler,
    stateful_sets,
)

if TYPE_CHECKING:
    from cluster_double.controllers.world import World

_CONTROLLERS = (
    namespaces.reconcile, claims.reconcile, deployments.reconcile, replica_sets.reconcile, stateful_sets.reconcile,
    jobs.reconcile, scheduler.reconcile, kubelet.reconcile, collector.reconcile,
)  # fmt: skip
_IDLE = 0.1  # seconds; deadlines pass while nothing changes


@dataclass(slots=True)
class Loop:
    """Rounds of all controllers, `pace.step` seconds apart, until it is stopped. What goes wrong is in `failures`."""

    world: World
    failures: list[BaseException] = field(default_factory=list)
    paused: bool = False
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        store, seen, at = self.world.registry.store, -1, 0.0
        while not self._stopped.wait(self.world.pace.step):
            is_due = self.world.timed and time.monotonic() - at >= _IDLE
            if self.paused or (store.version == seen and not is_due):
                continue
            seen, at, self.world.timed = store.version, time.monotonic(), False
            self._round()

    def _round(self) -> None:
        for reconcile in _CONTROLLERS:
            try:
                reconcile(self.world)
            except Exception as error:  # noqa: BLE001 - the cluster goes on; its tests look at `failures`
                self.failures.append(error)
