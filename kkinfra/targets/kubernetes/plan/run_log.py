"""Commands that were run, kept in a ConfigMap of the namespace: who ran what, and how it ended."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import part
from kkinfra.targets.protocol.history import Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.api import Api

NAME = "kkinfra-runs"
KEPT = 50
_KIND = BUILT_IN["", "v1", "ConfigMap"]
_MERGE = "application/merge-patch+json"
_ALREADY_THERE = 409
_FACTS = ("release", "result", "at", "seconds", "image", "who", "ci", "why", "command")


@dataclass(frozen=True, slots=True)
class RunLog:
    """The runs of a namespace: an entry for each, so that two at a time do not lose one another's."""

    api: Api
    namespace: str
    project: str

    def write(self, run: Run, entry: str = "") -> str:
        """Keep a run, or what became of the one of that entry; returns the entry."""
        entry = entry or f"{run.at:017.3f}-{secrets.token_hex(3)}"
        facts = {name: getattr(run, name) for name in _FACTS}
        there = self._data()
        data: dict[str, str | None] = {entry: json.dumps(facts, ensure_ascii=False, sort_keys=True)}
        known: set[str] = {*(there or ()), entry}
        for outdated in sorted(known)[:-KEPT]:
            data[outdated] = None
        if there is None:
            self._create()
        self.api.ask("PATCH", _KIND.path(self.namespace, NAME), {"fieldManager": "kkinfra"}, {"data": data}, _MERGE)
        return entry

    def runs(self) -> list[Run]:
        """All that are kept, oldest first; one that cannot be read is left out."""
        found: list[Run] = []
        for _, text in sorted((self._data() or {}).items()):
            with suppress(ValueError, TypeError, KeyError):
                facts = json.loads(text)
                known = {name: facts[name] for name in _FACTS}
                found.append(Run(action="run", kept=False, **known))
        return found

    def _data(self) -> dict[str, str] | None:
        found = self.api.get(_KIND, self.namespace, NAME)
        return None if found is None else dict(part(found, "data"))

    def _create(self) -> None:
        labels = {"app.kubernetes.io/part-of": self.project, "app.kubernetes.io/managed-by": "kkinfra"}
        metadata = {"name": NAME, "namespace": self.namespace, "labels": labels}
        try:
            self.api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
        except ClusterError as error:
            if error.status != _ALREADY_THERE:  # somebody else was faster
                raise


def merged(one: Iterable[Run], other: Iterable[Run]) -> tuple[Run, ...]:
    """Both by time, oldest first; each keeps its own order."""
    runs = list(other)
    found: list[Run] = []
    for each in one:
        while runs and runs[0].at < each.at:
            found.append(runs.pop(0))
        found.append(each)
    return (*found, *runs)
