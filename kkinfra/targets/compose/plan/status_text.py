"""What runs on a host, on one screen. Pure."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING, Any

from kkinfra.host.plain import mapping
from kkinfra.targets.certificate import end_text, is_late

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MB, _GB = 1_000_000, 1_000_000_000
_DAY = 86_400
_TOLD = ("service", "id", "image", "running", "status", "health", "restarts", "started")
_NO_CERTIFICATE = "no certificate yet, so HTTP alone is served"


def status_lines(
    environment: str, facts: dict[str, Any], now: float, drifted: Sequence[str] = ()
) -> tuple[list[str], bool]:
    """The lines, and whether all is well; `drifted` is what somebody changed on the host."""
    made = _Status(environment, facts, now, drifted)
    lines = list(made.lines())
    return lines, not made.problems


def essence(facts: dict[str, Any], drifted: Sequence[str]) -> dict[str, Any]:
    """What makes one look different from another, without figures that are others each time."""
    there = facts["release"]
    return {
        "release": mapping(there.get("current")).get("id"), "problem": there.get("problem"),
        "containers": [[each[name] for name in _TOLD] for each in there.get("containers", ())],
        "last": there.get("last"), "colour": there.get("colour"), "served": there.get("served"),
        "certificate": there.get("certificate"), "damaged": there.get("damaged"), "drift": list(drifted),
        "lock": facts["lock"], "cut_off": facts["host"]["cut_off"],
    }  # fmt: skip


class _Status:
    def __init__(self, environment: str, facts: dict[str, Any], now: float, drifted: Sequence[str]) -> None:
        self.environment, self.facts, self.there, self.now = environment, facts, facts["release"], now
        self.drifted, self.problems = drifted, 0

    def lines(self) -> Iterator[str]:
        current = self.there.get("current")
        if current is None:
            self.problems += 1
            yield f"{self.environment}: {self.there.get('problem') or 'nothing was deployed yet'}"
        else:
            yield from self._release(current)
        yield from self._containers()
        yield from self._missing(mapping(current))
        yield from self._certificate(current)
        yield self._host()
        if current is not None:
            where = f"; `kkinfra diff {self.environment}` shows it" if self.drifted else ""
            yield f"  drift: {', '.join(self.drifted) or 'none'}{where}"
        yield from self._trouble()

    def _release(self, current: dict[str, Any]) -> Iterator[str]:
        last = mapping(self.there.get("last"))
        by = f", {last['what']} by {last['who']}" if last else ""
        revision = f", revision {current['revision']}" if current["revision"] else ""
        yield f"{self.environment}: {current['domain']}, release {current['id']}{by}"
        yield f"  image {current['image']}{revision}"
        if last.get("result") not in (None, "deployed", "rolled back"):
            why = str(last["why"]).splitlines()[0] if last["why"] else ""
            yield self._problem(f"the last run ({last['what']} {last['release']}) {last['result']}: {why}")

    def _containers(self) -> Iterator[str]:
        colour = self.there.get("colour")
        rows = [each for each in self.there.get("containers", ()) if not each["one_off"]]
        width = max((len(each["service"]) for each in rows), default=0)
        for each in sorted(rows, key=lambda row: str(row["service"])):
            health = (each["running"] and each["health"]) or each["status"]
            serves = "  serves" if colour and each["service"].endswith(f"-{colour}") else ""
            used = f"{each['used'] / _MB:.0f} of {each['memory'] / _MB:.0f} MB" if each["memory"] else ""
            again = f", started again {each['restarts']} times" if each["restarts"] else ""
            line = f"  {each['service']:<{width}}  {health:<9} since {each['started'][:16]}  {used}{again}{serves}"
            bad = not each["running"] or each["health"] == "unhealthy" or each["out_of_memory"]
            said = f": {' '.join(each['said'].split())}" if each.get("said") else ""
            yield self._problem(f"{line.strip()}{said}") if bad else line

    def _missing(self, current: dict[str, Any]) -> Iterator[str]:
        """What the release has, and no container is there for."""
        there = {each["service"] for each in self.there.get("containers", ()) if not each["one_off"]}
        wanted = [each["name"] for key in ("stateful", "services") for each in current.get(key, ())]
        if current.get("webapp"):
            wanted.append(current["webapp"][self.there.get("colour") or "blue"]["name"])
        if current.get("nginx"):
            wanted.append(current["nginx"]["service"]["name"])
        yield from (self._problem(f"{name} is not there") for name in wanted if name not in there)

    def _certificate(self, current: dict[str, Any] | None) -> Iterator[str]:
        found = mapping(self.there.get("certificate"))
        if found:
            ends = ssl.cert_time_to_seconds(found["ends"])
            text = end_text("certificate", found["ends"], ends, self.now)
            yield self._problem(text) if is_late(ends, self.now) else f"  {text}"
        elif current and current["certificate"]:
            until = self.facts["host"]["certificate_paused_until"]
            when = f"; not asked for again before {time.strftime('%H:%M UTC', time.gmtime(until))}" if until else ""
            is_shown = self.there.get("stage") == "tls"
            what = "the certificate is lost, and shown until Nginx starts again" if is_shown else _NO_CERTIFICATE
            yield self._problem(f"{what}{when}")
        nginx = mapping(mapping(current).get("nginx"))
        if nginx and self.there.get("served") != nginx["identities"].get(self.there.get("stage")):
            yield self._problem("Nginx does not serve this release's configuration")

    def _host(self) -> str:
        host = self.facts["host"]
        up = (self.now - host["boot"]) / _DAY
        docker, compose = self.facts["engine"]["version"], self.facts["compose"]
        return (
            f"  host {host['name']}: up {up:.1f} days, load {host['load']:.2f}, "
            f"memory {host['memory_free'] / _MB:.0f} of {host['memory_total'] / _MB:.0f} MB free, "
            f"disk {host['disk_free'] / _GB:.1f} of {host['disk_total'] / _GB:.0f} GB free, "
            f"Docker {docker or 'is not there'}, Compose {compose or 'is not there'}"
        )

    def _trouble(self) -> Iterator[str]:
        run = self.facts["host"]["cut_off"]
        if run and not self.facts["lock"]["held"]:
            remedy = "deploy, or restart the host, to put it right"
            yield self._problem(f"run {run['run']} was cut off in step {run['step']}; {remedy}")
        if self.facts["lock"]["held"]:
            holder = self.facts["lock"]["holder"]
            yield f"  locked by {holder.get('who')}, who is at {holder.get('phase', 'the beginning')}"
        for path in self.there.get("damaged", ()):
            yield self._problem(f"{path} of the release was changed by hand")

    def _problem(self, text: str) -> str:
        self.problems += 1
        return f"! {text}"
