"""The verb `logs` on a cluster."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.stack import Process
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.log_reading import Reading
from kkinfra.targets.kubernetes.client.log_sources import NAME, LogPlace, is_unwell, news, sources, states
from kkinfra.targets.kubernetes.client.objects import labels
from kkinfra.targets.kubernetes.plan.one_off import LABEL
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets
from kkinfra.targets.protocol.logs import LogLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.log_lines import TimedLine
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.logs import LogRequest
    from kkinfra.values.secret import SecretText

_INSTANCE = "app.kubernetes.io/instance"
_POLL_SECONDS = 1.0
_AWAY_SECONDS = 60.0
_STUMBLES = 500


def read(session: ClusterSession, asked: LogRequest, hear: Callable[[LogLine], None]) -> None:
    """Let somebody hear what the parts print, in the order of time; where it is followed, until Ctrl-C.

    Raises ClusterError where a part is unknown, or the cluster refuses.
    """
    for line in _heard(session, asked):
        hear(line)


def _heard(session: ClusterSession, asked: LogRequest) -> Iterator[LogLine]:
    """Lines and news, those of pods that are new included."""
    environment, api = session.environment, session.api
    watch, reading = _PodWatch(asked.parts, environment, api), Reading(api, environment.namespace)
    pods = watch.pods()
    yield from watch.lines(reading.there(sources(pods), asked.tail))
    yield from watch.news(pods, is_first=True)
    if not pods and not asked.follow:
        parts = ", ".join(asked.parts) or "any part"
        yield LogLine("", f"{environment.name}: no pods of {parts} are there", is_news=True)
    while asked.follow:
        reading.follow(sources(pods))
        yield from watch.lines(reading.came(_POLL_SECONDS))
        try:
            pods = watch.pods()
        except ClusterError as error:
            watch.require_patience(error)
            yield LogLine("", f"waiting for the server: {error}", is_news=True)
        else:
            watch.away_since = 0.0
            yield from watch.news(pods)


@dataclass(slots=True)
class _PodWatch:
    """Lines and news of pods; secrets that were ever seen are masked from then on."""

    parts: tuple[str, ...]
    environment: Environment
    api: Api
    away_since: float = 0.0
    _mask: Mask = field(default_factory=lambda: Mask(()))
    _secrets: list[SecretText] = field(default_factory=list["SecretText"])
    _states: dict[LogPlace, str] = field(default_factory=dict[LogPlace, str])
    _pods: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def pods(self) -> list[JSON]:
        """The pods of the parts that are named; raises ClusterError where there is no such part."""
        label = f"{_INSTANCE}={self.environment.namespace}"
        listed = self.api.list(BUILT_IN["", "v1", "Pod"], self.environment.namespace, label)
        found = [pod for pod in listed if LABEL not in labels(pod)]  # whoever runs a command sees what it prints
        known = {name for name, _ in self.environment.parts(Process)} | {str(labels(pod).get(NAME)) for pod in found}
        unknown = [name for name in self.parts if name not in known]
        if unknown:
            raise ClusterError(
                f"{self.environment.name} has no part called {', '.join(unknown)}; "
                f"there are: {', '.join(sorted(known))}"
            )
        wanted = [pod for pod in found if not self.parts or labels(pod).get(NAME) in self.parts]
        self._learn(wanted)
        return wanted

    def require_patience(self, error: ClusterError) -> None:
        """Raise an error that is not the server's being away, or where it has been away for a minute."""
        is_away = not error.status or error.status >= _STUMBLES
        self.away_since = self.away_since or time.monotonic()
        if not is_away or time.monotonic() - self.away_since > _AWAY_SECONDS:
            raise error

    def _learn(self, pods: Iterable[JSON]) -> None:
        """Which pods there are of each part; and what new ones may print, as secrets change with them."""
        new = False
        for pod in pods:
            of_part = self._pods.setdefault(str(labels(pod).get(NAME)), set())
            new = new or pod["metadata"]["uid"] not in of_part
            of_part.add(pod["metadata"]["uid"])
        if new:
            self._secrets += live_secrets(self.api, secret_needs(self.environment))
            self._mask = Mask(self._secrets)

    def lines(self, lines: Iterable[TimedLine]) -> Iterator[LogLine]:
        """What containers printed."""
        return (LogLine(self._name(each.place), self._mask(each.text), each.at) for each in lines)

    def news(self, pods: Iterable[JSON], *, is_first: bool = False) -> Iterator[LogLine]:
        """What became of containers since this was told; at first, of those only that are not well."""
        now = states(pods)
        for place, said in news(self._states, now):
            if not is_first or is_unwell(said):
                yield LogLine(self._name(place), self._mask(said), is_news=True)
        self._states = now

    def _name(self, place: LogPlace) -> str:
        """The part, and what tells its pods and their containers apart."""
        name = place.pod if len(self._pods.get(place.part, ())) > 1 else place.part
        return f"{name}/{place.shown}" if place.shown else name
