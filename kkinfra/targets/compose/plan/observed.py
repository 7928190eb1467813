"""What a host says of itself, as the status of an environment. Pure."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.host.plain import mapping
from kkinfra.targets.compose.lock import status_of as lock_of
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.status import CertificateStatus, DriftStatus, PartStatus, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.targets.protocol.status import State

_MB, _GB = 1_000_000, 1_000_000_000
_DAY = 86_400
_NO_CERTIFICATE = "is not there yet, so HTTP alone is served"
_LOST = "is lost, and shown until Nginx starts again"


def status_of(environment: str, domain: str, facts: dict[str, Any], drifted: tuple[str, ...], now: float) -> Status:
    """The status; `drifted` is what somebody changed on the host."""
    return _Observed(environment, domain, facts, drifted, now).status()


@dataclass(frozen=True, slots=True)
class _Observed:
    environment: str
    domain: str
    facts: dict[str, Any]
    drifted: tuple[str, ...]
    now: float

    @property
    def there(self) -> dict[str, Any]:
        """What it says of the release."""
        return mapping(self.facts["release"])

    @property
    def current(self) -> dict[str, Any]:
        """The release that serves; empty where nothing was deployed yet."""
        return mapping(self.there.get("current"))

    def status(self) -> Status:
        return Status(
            self.environment, str(self.current.get("domain") or self.domain), self.release(),
            (*self.containers(), *self.missing()), (self.host(),), self.certificate(), DriftStatus(self.drifted),
            lock_of(self.facts["lock"]), tuple(self.problems()), self.now,
        )  # fmt: skip

    def release(self) -> Run | None:
        """The run whose release serves; what the host does not tell of it any more stays empty."""
        if not self.current:
            return None
        last = mapping(self.there.get("last"))
        said = last if last.get("release") == self.current["id"] else {}
        return Run(
            str(self.current["id"]), str(said.get("what") or "deploy"), str(said.get("result") or "deployed"),
            float(said.get("at") or 0), said.get("seconds"), str(self.current["image"]), str(self.current["revision"]),
            str(said.get("who") or ""), str(said.get("ci") or ""), serves=True, id=str(said.get("run") or ""),
        )  # fmt: skip

    def containers(self) -> Iterator[PartStatus]:
        """What runs, but for what Compose ran once."""
        colour = self.there.get("colour")
        rows = [each for each in self.there.get("containers", ()) if not each["one_off"]]
        for each in sorted(rows, key=lambda row: str(row["service"])):
            used = f"{each['used'] / _MB:.0f} of {each['memory'] / _MB:.0f} MB" if each["memory"] else ""
            serves = "serves" if colour and each["service"].endswith(f"-{colour}") else ""
            killed = "out of memory" if each["out_of_memory"] else ""
            health = str((each["running"] and each["health"]) or each["status"])
            told = ", ".join(word for word in (health, killed, serves) if word)
            said = f": {' '.join(each['said'].split())}" if each.get("said") else ""
            yield PartStatus(
                str(each["service"]), _state(each), f"{told}{said}", str(each["started"]), _digests(each["image"]),
                int(each["restarts"]), used,
            )  # fmt: skip

    def missing(self) -> Iterator[PartStatus]:
        """What the release has, and no container is there for."""
        there = {each["service"] for each in self.there.get("containers", ()) if not each["one_off"]}
        wanted = [each["name"] for key in ("stateful", "services") for each in self.current.get(key, ())]
        if self.current.get("webapp"):
            wanted.append(self.current["webapp"][self.there.get("colour") or "blue"]["name"])
        if self.current.get("nginx"):
            wanted.append(self.current["nginx"]["service"]["name"])
        yield from (PartStatus(name, "absent", "is not there") for name in wanted if name not in there)

    def certificate(self) -> CertificateStatus | None:
        """That which Nginx shows."""
        found = mapping(self.there.get("certificate"))
        if found:
            return CertificateStatus(self.domain, ssl.cert_time_to_seconds(found["ends"]))
        if not self.current.get("certificate"):
            return None
        until = self.facts["host"]["certificate_paused_until"]
        when = f"; not asked for again before {time.strftime('%H:%M UTC', time.gmtime(until))}" if until else ""
        what = _LOST if self.there.get("stage") == "tls" else _NO_CERTIFICATE
        return CertificateStatus(self.domain, problem=f"{what}{when}", is_bad=True)

    def host(self) -> PartStatus:
        """The host itself."""
        host = self.facts["host"]
        docker, compose = self.facts["engine"]["version"], self.facts["compose"]
        told = (
            f"up {(self.now - host['boot']) / _DAY:.1f} days, load {host['load']:.2f}, "
            f"memory {host['memory_free'] / _MB:.0f} of {host['memory_total'] / _MB:.0f} MB free, "
            f"disk {host['disk_free'] / _GB:.1f} of {host['disk_total'] / _GB:.0f} GB free, "
            f"Docker {docker or 'is not there'}, Compose {compose or 'is not there'}"
        )
        return PartStatus(f"host/{host['name']}", "ready" if docker and compose else "unwell", told)

    def problems(self) -> Iterator[str]:
        """What is wrong besides."""
        if not self.current:
            yield str(self.there.get("problem") or "nothing was deployed yet")
        last = mapping(self.there.get("last"))
        if last.get("result") not in (None, "deployed", "rolled back"):
            why = str(last["why"]).splitlines()[0] if last["why"] else ""
            yield f"the last run ({last['what']} {last['release']}) {last['result']}: {why}"
        nginx = mapping(self.current.get("nginx"))
        if nginx and self.there.get("served") != nginx["identities"].get(self.there.get("stage")):
            yield "Nginx does not serve this release's configuration"
        run = self.facts["host"]["cut_off"]
        if run and not self.facts["lock"]["held"]:
            remedy = "deploy, or restart the host, to put it right"
            yield f"run {run['run']} was cut off in step {run['step']}; {remedy}"
        for path in self.there.get("damaged", ()):
            yield f"{path} of the release was changed by hand"


def _state(container: dict[str, Any]) -> State:
    if not container["running"] or container["health"] == "unhealthy" or container["out_of_memory"]:
        return "failed"
    return "starting" if container["health"] == "starting" else "ready"


def _digests(image: str) -> tuple[str, ...]:
    digest = str(image).partition("@")[2]
    return (digest,) if digest else ()
