"""The verb `logs` on a cluster."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.console.output import paint
from kkinfra.errors import ClusterError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.stack import Process
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.log_reading import Reading
from kkinfra.targets.kubernetes.client.log_sources import NAME, LogPlace, is_unwell, news, sources, states
from kkinfra.targets.kubernetes.client.objects import labels
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.log_lines import LogLine
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.values.secret import SecretText

_INSTANCE = "app.kubernetes.io/instance"
_COLOURS = ("green", "yellow", "bold", "red")
_POLL_SECONDS = 1.0
_AWAY_SECONDS = 60.0
_STUMBLES = 500


def run(options: argparse.Namespace, environment: Environment) -> int:
    """What the parts print, in the order of time; with --follow until Ctrl-C, pods that are new included.

    Raises ClusterError where a part is unknown, or the cluster refuses.
    """
    with connect_cluster(options.context) as api:
        telling, reading = _Telling(options, environment, api), Reading(api, environment.namespace)
        pods = telling.pods()
        telling.show(reading.there(sources(pods), options.tail))
        telling.say(pods, is_first=True)
        if not pods and not options.follow:
            telling.note(f"{environment.name}: no pods of {', '.join(options.parts) or 'any part'} are there")
        while options.follow:
            reading.follow(sources(pods))
            telling.show(reading.came(_POLL_SECONDS))
            pods = telling.pods_again(pods)
            telling.say(pods)
    return 0


@dataclass(slots=True)
class _Telling:
    """Lines and news of pods, as they are printed; secrets that were ever seen are masked from then on."""

    options: argparse.Namespace
    environment: Environment
    api: Api
    _mask: Mask = field(default_factory=lambda: Mask(()))
    _secrets: list[SecretText] = field(default_factory=list["SecretText"])
    _colours: dict[str, str] = field(default_factory=dict[str, str])
    _states: dict[LogPlace, str] = field(default_factory=dict[LogPlace, str])
    _pods: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    _away_since: float = 0.0

    def pods(self) -> list[JSON]:
        """The pods of the parts that are named; raises ClusterError where there is no such part."""
        label = f"{_INSTANCE}={self.environment.namespace}"
        found = self.api.list(BUILT_IN["", "v1", "Pod"], self.environment.namespace, label)
        known = {name for name, _ in self.environment.parts(Process)} | {str(labels(pod).get(NAME)) for pod in found}
        unknown = [name for name in self.options.parts if name not in known]
        if unknown:
            raise ClusterError(
                f"{self.environment.name} has no part called {', '.join(unknown)}; "
                f"there are: {', '.join(sorted(known))}"
            )
        wanted = [pod for pod in found if not self.options.parts or labels(pod).get(NAME) in self.options.parts]
        self._learn(wanted)
        return wanted

    def pods_again(self, before: list[JSON]) -> list[JSON]:
        """The same; those of before while the server does not answer, for a minute at most."""
        try:
            found = self.pods()
        except ClusterError as error:
            is_away = not error.status or error.status >= _STUMBLES
            self._away_since = self._away_since or time.monotonic()
            if not is_away or time.monotonic() - self._away_since > _AWAY_SECONDS:
                raise
            self.note(f"waiting for the server: {error}")
            return before
        self._away_since = 0.0
        return found

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

    def show(self, lines: Iterable[LogLine]) -> None:
        """Lines as on a host: second, part, text."""
        for line in lines:
            name = self._name(line.place)
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            print(f"{line.at[:19]} {paint(name, colour, sys.stdout)} {self._mask(line.text)}", flush=True)  # noqa: T201

    def say(self, pods: Iterable[JSON], *, is_first: bool = False) -> None:
        """What became of containers since this was told; at first, of those only that are not well."""
        now = states(pods)
        for place, said in news(self._states, now):
            if not is_first or is_unwell(said):
                self.note(f"{self._name(place)} {self._mask(said)}")
        self._states = now

    def note(self, text: str) -> None:
        """Something that no container printed."""
        if not self.options.quiet:
            print(text, file=sys.stderr, flush=True)  # noqa: T201

    def _name(self, place: LogPlace) -> str:
        """The part, and what tells its pods and their containers apart."""
        name = place.pod if len(self._pods.get(place.part, ())) > 1 else place.part
        return f"{name}/{place.shown}" if place.shown else name
