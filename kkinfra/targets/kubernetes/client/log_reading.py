"""Reading the logs of many containers: what is there, and what comes."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.api import log_path
from kkinfra.targets.kubernetes.client.log_lines import TimedLine, lines, whole_second
from kkinfra.targets.kubernetes.client.together import together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.log_sources import LogPlace, Source

_Run = tuple["LogPlace", str]
_STUMBLES = 500
_TOO_EARLY, _GONE = 400, 404


@dataclass(slots=True)
class Reading:
    """Logs of a namespace's pods. Every line is given once, however often its log is read."""

    api: Api
    namespace: str
    _last: dict[_Run, str] = field(default_factory=dict[_Run, str])
    _active: set[_Run] = field(default_factory=set[_Run])
    _read: set[_Run] = field(default_factory=set[_Run])
    _came: SimpleQueue[TimedLine | ClusterError] = field(default_factory=SimpleQueue[TimedLine | ClusterError])

    def there(self, sources: Iterable[Source], tail: int) -> list[TimedLine]:
        """The last `tail` lines of each part, in the order of time; raises ClusterError."""
        of_part: dict[str, list[TimedLine]] = defaultdict(list)
        for line in sorted(line for found in together(lambda each: self._there(each, tail), sources) for line in found):
            of_part[line.place.part].append(line)
        return sorted(line for found in of_part.values() for line in found[-tail:])

    def _there(self, source: Source, tail: int) -> list[TimedLine]:
        before = self._log(source.place, tail, previous=True) if source.has_previous else []
        found = self._log(source.place, tail, previous=False)
        self._last[source.place, source.run] = found[-1].at if found else ""
        return [*before, *found]

    def _log(self, place: LogPlace, tail: int, *, previous: bool) -> list[TimedLine]:
        query = {"container": place.container, "tailLines": str(tail), "timestamps": "true"}
        text = self.api.text(
            log_path(self.namespace, place.pod), {**query, **({"previous": "true"} if previous else {})}
        )
        return list(lines(place, text.removesuffix("\n").split("\n") if text else ()))

    def follow(self, sources: Iterable[Source]) -> None:
        """Read, aside, what these containers print until they end; of one that is new, from its beginning.

        Called again, it goes on with those whose connection was lost.
        """
        for source in sources:
            run = source.place, source.run
            if run not in self._active and (source.is_running or run not in self._read):
                self._active.add(run)
                threading.Thread(target=self._follow, args=(run,), daemon=True).start()

    def came(self, seconds: float) -> list[TimedLine]:
        """What came within that time, in the order of time; raises ClusterError where a log may not be read."""
        until, found = time.monotonic() + seconds, list[TimedLine]()
        while (left := until - time.monotonic()) > 0:
            try:
                each = self._came.get(timeout=left)
            except Empty:
                break
            if isinstance(each, ClusterError):
                raise each
            found.append(each)
        return sorted(found)

    def _follow(self, run: _Run) -> None:
        try:
            self._stream(run)
            self._read.add(run)
        except ClusterError as error:
            if error.status and error.status < _STUMBLES and error.status not in (_TOO_EARLY, _GONE):
                self._came.put(error)
        finally:
            self._active.discard(run)

    def _stream(self, run: _Run) -> None:
        place, last = run[0], self._last.get(run, "")
        query = {
            "container": place.container, "follow": "true", "timestamps": "true", "sinceTime": whole_second(last),
        }  # fmt: skip
        texts = self.api.stream(log_path(self.namespace, place.pod), query)
        for line in lines(place, texts, last):
            self._last[run] = line.at
            self._came.put(line)
