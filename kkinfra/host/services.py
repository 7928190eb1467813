"""Containers of a release: whether one is what the release wants, started, stopped, and waited for."""

from __future__ import annotations

import time
from calendar import timegm
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.host.compose import ONCE, ComposeProject
from kkinfra.host.errors import HostError
from kkinfra.host.files import digest
from kkinfra.host.plain import items, mapping
from kkinfra.host.process import run
from kkinfra.host.releases import read_secret, secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kkinfra.host.engine import EngineContainer, HostEngine
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest, ReleaseService

HASH, RESTART_HASH = "kkinfra.content-hash", "kkinfra.restart-hash"
MOUNTED_SECRETS = "/run/secrets"
_POLL_SECONDS = 0.5
_CHECK_SECONDS = 20
_LOG_LINES = 20
_RESTARTS = 3
_STEADY_SECONDS = 5  # of what has no check of its own


def difference(layout: Layout, manifest: Manifest, service: ReleaseService, container: EngineContainer | None) -> str:
    """Why a container is not what a release wants of it; empty where it is."""
    if container is None:
        return "is not there"
    label, wanted = (RESTART_HASH, service.restart_hash) if service.restart_hash else (HASH, service.hash)
    if container.labels.get(label) != wanted:
        return "changes"
    if changed := _changed_by_hand(service, container):
        return changed
    for name in service.secrets:
        mounted = container.mounted_from(f"{MOUNTED_SECRETS}/{name}")
        if _read(mounted) != secret(layout, manifest.id, name):
            return f"has another {name}"
    for path, source in mounted_files(layout, container).items():
        if path in manifest.files and digest(Path(source)) != manifest.files[path]:
            return f"mounts {path}, which was changed on the host by hand"
    return "" if container.is_running else "does not run"


def _changed_by_hand(service: ReleaseService, container: EngineContainer) -> str:
    """What is not as it was deployed, although the labels say so."""
    if container.image != service.image:
        return f"runs {container.image}, which is not what was deployed: somebody changed it"
    limits = container.facts["HostConfig"]
    if service.memory and (limits.get("Memory"), container.cpus) != (service.memory, service.cpus):
        return "has other limits than were deployed: somebody changed them"
    return ""


def _read(path: str) -> bytes:
    return read_secret(Path(path)) if path else b""


@dataclass(frozen=True)
class Services:
    """The containers of one Compose project."""

    layout: Layout
    engine: HostEngine
    say: Callable[[str], None]
    patience: float

    def all(self) -> list[EngineContainer]:
        """All containers, also those that ended and those that ran once."""
        return self.engine.containers(self.layout.namespace)

    def find(self, name: str) -> EngineContainer | None:
        """The container of a service; leftovers of an interrupted recreation are none."""
        found = [each for each in self.all() if each.service == name and not each.is_one_off]
        named = [each for each in found if each.name == f"{self.layout.namespace}-{name}-1"]
        return named[0] if named else None

    def start(self, manifest: Manifest, *services: ReleaseService) -> None:
        """Replace whatever there is of some services by what a release wants, without waiting for their health."""
        self.remove({service.name: service.stop_grace for service in services})
        ComposeProject(self.layout, manifest.id).up(*(service.name for service in services))

    def remove(self, graces: Mapping[str, int]) -> None:
        """Let services end by themselves, all at a time and each within its grace in seconds, and remove them.

        What an interrupted recreation left of them goes, too.
        """
        found = [each for each in self.all() if each.service in graces and not each.is_one_off]
        with ThreadPoolExecutor(max(1, len(found))) as pool:
            for ended in [pool.submit(self._end, each, graces[each.service]) for each in found]:
                ended.result()

    def _end(self, container: EngineContainer, grace: int) -> None:
        if container.state.get("Running"):
            self.engine.stop(container, grace)
        self.engine.remove(container)

    def run_once(self, manifest: Manifest, service: ReleaseService, *arguments: str) -> str:
        """Run a service to its end; raises HostError with what it printed last."""
        compose = ComposeProject(self.layout, manifest.id)
        self.remove_once(service.name)
        try:
            done = compose.run(service.name, *arguments, seconds=service.deadline)
        except BaseException:
            self.remove_once(service.name)
            raise
        if done.code:
            late = f" (its deadline is {service.deadline} s)" if done.code in (124, 137) else ""
            raise HostError(f"{service.name} exited with {done.code}{late}:\n{done.said}")
        return done.said

    def remove_once(self, name: str) -> None:
        """Remove what an interrupted run left of a service that runs once."""
        left = self.engine.container(f"{self.layout.namespace}-{name}{ONCE}")
        if left is not None:
            self.engine.remove(left)

    def wait(self, service: ReleaseService) -> None:
        """Wait until a service is healthy, by its own check; raises HostError, saying why it is not."""
        began, said = time.time(), ""
        while True:
            container = self.find(service.name)
            if container is None:
                raise HostError(f"{service.name} was removed while it was waited for")
            said = self._complaint(container)
            if not said:
                return
            self.give_up(service, container, began, said)
            time.sleep(_POLL_SECONDS)

    def give_up(self, service: ReleaseService, container: EngineContainer, began: float, said: str) -> None:
        """Raise HostError where waiting longer is of no use: it keeps ending, or the time is over."""
        late = time.time() - began > self.patience
        ends = int(container.facts.get("RestartCount", 0)) >= _RESTARTS or container.state.get("Status") == "exited"
        if late or ends:
            raise HostError(self.explain(service, container, began, said))

    def explain(self, service: ReleaseService, container: EngineContainer, began: float, said: str) -> str:
        """Why a service is not healthy: its last answer, its end, the kernel's part in it, and its log."""
        after = f"is not healthy after {time.time() - began:.0f} s"
        codes = self.engine.exit_codes(container)
        if not codes and container.facts.get("RestartCount"):
            codes = [container.state.get("ExitCode", 0)]
        ended = f"{'ends again and again' if len(codes) > 1 else 'ended'} (exit code {codes[-1]})" if codes else after
        facts = [f"{service.name} {ended}"]
        if said:
            facts.append(f"last answer: {said}")
        if self.engine.was_out_of_memory(container, began - 1, time.time() + 1):
            facts.append(
                f"the kernel killed a process of it: it needs more than its memory, {service.memory // 10**6} MB"
            )
        log = self.engine.logs(container, _LOG_LINES)
        return "\n".join([*facts, "its log ends with:", *(f"  | {line}" for line in log.splitlines())])

    def _complaint(self, container: EngineContainer) -> str:
        """What its check says against it, asked now rather than when Docker does next; empty where it is healthy."""
        if not container.is_running:
            return f"it is {container.state.get('Status')}"
        command = check_command(container.facts)
        if command is None:
            return "" if _age(container) > _STEADY_SECONDS else f"it runs for less than {_STEADY_SECONDS} s"
        if container.health == "healthy":
            return ""
        try:
            done = run(["docker", "exec", container.id, *command], seconds=_CHECK_SECONDS)
        except HostError:
            return f"its check did not end within {_CHECK_SECONDS} s"
        return "" if done.code == 0 else (done.said or f"its check exited with {done.code}")


def _age(container: EngineContainer) -> float:
    """Seconds since a container was started (RFC 3339, in UTC)."""
    started = str(container.state.get("StartedAt", ""))[:19]
    try:
        return time.time() - timegm(time.strptime(started, "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return 0.0


def check_command(facts: dict[str, Any]) -> list[str] | None:
    """The command of a container's health check, or None where it has none."""
    test = items(mapping(facts["Config"].get("Healthcheck")).get("Test")) or ["NONE"]
    if test[0] == "CMD":
        return [str(each) for each in test[1:]]
    return ["sh", "-c", str(test[1])] if test[0] == "CMD-SHELL" else None


def in_release(layout: Layout, container: EngineContainer) -> set[str]:
    """The releases that a container mounts files of."""
    sources = mounted_files(layout, container).values()
    return {source[len(f"{layout.releases}/") :].partition("/")[0] for source in sources}


def mounted_files(layout: Layout, container: EngineContainer) -> dict[str, str]:
    """What a container mounts of a release: the places on the host, by the path below the release's directory."""
    prefix = f"{layout.releases}/"
    sources = [str(mount.get("Source", "")) for mount in container.facts.get("Mounts", ())]
    return {each[len(prefix) :].partition("/")[2]: each for each in sources if each.startswith(prefix)}
