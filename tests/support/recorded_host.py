"""A host in memory and one directory: its containers, Nginx, systemd, and everything that is done to it, in order.

What runs on a host does all its work here as it does there, down to the files; only Docker, Nginx and systemd are
played. It can be cut off before any of its effects, as by a kill, and it notices whenever visitors are not answered.
"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING, Any

from containers import inspected
from kkinfra.host import files, images, journal, nginx, releases, rollout, runs, services, units, webapp
from kkinfra.host.compose import ComposeProject
from kkinfra.host.engine import EngineContainer
from kkinfra.host.journal import Journal
from kkinfra.host.layout import Layout
from kkinfra.host.process import Finished
from kkinfra.host.services import Services
from small_release import DOMAIN, NAMESPACE, layout

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kkinfra.host.manifest import Manifest

QUIET = ("write ", "journal ")
"""Effects that only files see."""


class CutOff(BaseException):
    """The process is killed here; nothing that catches errors may catch it."""


class RecordedHost:
    """`did` is what was done, `dark` when visitors were not answered, `unhealthy` what never becomes healthy.

    `foreign` has the architectures of images that are for another host.
    """

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.layout = layout(directory / "srv")
        self.volumes, self.systemd = directory / "volumes", directory / "systemd"
        self.there: dict[str, dict[str, Any]] = {}
        self.images: set[str] = set()
        self.foreign: dict[str, str] = {}
        self.unhealthy: set[str] = set()
        self.migrations: list[dict[str, Any]] = []
        self.served, self.answers, self.loads = "", 200, True
        self.loaded: set[str] = set()
        self.enabled: set[str] = set()
        self.did: list[str] = []
        self.dark: list[str] = []
        self.lasts_for: int | None = None
        self._lock = threading.RLock()
        for place in (self.layout.releases, self.layout.runs, self.systemd):
            place.mkdir(parents=True)
        self.certify()
        self._take_over(monkeypatch)

    def do(self, what: str) -> None:
        """Something happens, unless the process was killed before."""
        with self._lock:
            if self.lasts_for is not None:
                if self.lasts_for <= 0:
                    raise CutOff(what)
                self.lasts_for -= 1
            self.did.append(what)
            if self._is_served() != self._should_be() and not self._starts_nginx():
                self.dark.append(f"before {what}")

    def loud(self) -> list[str]:
        """What was done to more than files."""
        return [each for each in self.did if not each.startswith(QUIET)]

    def services(self, patience: float = 0.0) -> Services:
        """Its containers, as the host's own code handles them."""
        return Services(self.layout, self, lambda _: None, patience)

    def journal(self, name: str = "recover.jsonl") -> Journal:
        """A journal beside the runs'."""
        return Journal(self.layout.directory / name)

    def certify(self) -> None:
        """Let there be a certificate."""
        live = self.volumes / f"{NAMESPACE}_letsencrypt" / "live" / DOMAIN
        live.mkdir(parents=True)
        for name in ("fullchain.pem", "privkey.pem"):
            (live / name).write_text("")

    def running(self) -> set[str]:
        """The services that run."""
        return {name for name, each in self.there.items() if each["State"]["Running"]}

    # --- the engine ---

    def containers(self, project: str) -> list[EngineContainer]:
        """All of them."""
        assert project == NAMESPACE
        return [EngineContainer(json.loads(json.dumps(each))) for each in self.there.values()]

    def container(self, name: str) -> EngineContainer | None:
        """One by its name."""
        return next((each for each in self.containers(NAMESPACE) if each.name == name), None)

    def image(self, reference: str) -> dict[str, Any] | None:
        """An image that was pulled."""
        built_for = {"Os": "linux", "Architecture": self.foreign.get(reference, "amd64")}
        return {"Id": reference, **built_for} if reference in self.images else None

    def platform(self) -> str:
        """Its own."""
        return "linux/amd64"

    def volume(self, name: str) -> str:
        """A volume, once Compose has made it."""
        return str(self.volumes / name) if (self.volumes / name).exists() else ""

    def stop(self, container: EngineContainer, seconds: int) -> None:
        """Let it end."""
        self.do(f"stop {container.service} within {seconds}")
        self.there[container.service]["State"].update(Running=False, Status="exited")

    def remove(self, container: EngineContainer) -> None:
        """Remove it."""
        self.do(f"remove {container.service}")
        self.there.pop(container.service, None)

    def kill(self, container: EngineContainer, signal: str) -> None:
        """Nginx reads its configuration again."""
        self.do(f"{signal} {container.service}")
        if self.loads:
            self.served = (self.layout.nginx / "served.conf").read_text()

    def logs(self, container: EngineContainer, lines: int) -> str:
        """What it printed."""
        return f"log of {container.service}"

    def errors(self, container: EngineContainer, since: float, lines: int) -> str:
        """What it printed of errors."""
        return f"errors of {container.service}"

    def exit_codes(self, container: EngineContainer) -> list[int]:
        """It never ended."""
        return []

    def was_out_of_memory(self, container: EngineContainer, since: float, until: float) -> bool:
        """It has memory enough."""
        return False

    def ask(self, method: str, path: str) -> Any:
        """Images are listed and removed."""
        if method == "GET":
            return [{"Id": each, "RepoTags": [], "RepoDigests": [each]} for each in sorted(self.images)]
        self.do(f"remove image {path.removeprefix('/images/')[-8:]}")
        self.images.discard(path.removeprefix("/images/"))
        return None

    # --- what is played ---

    def up(self, release: str, names: tuple[str, ...]) -> None:
        """Compose starts containers."""
        made = releases.load(self.layout, release)
        for service in made.everything():
            if service.name in names:
                self.do(f"start {service.name} of {release[-1]}")
                self.there[service.name] = inspected(service, NAMESPACE, self.layout.release(release))
                if f"{service.name} of {self._made(service.name)}" in self.unhealthy:
                    self.there[service.name]["State"]["Health"]["Status"] = "starting"
                    self.there[service.name]["Config"]["Healthcheck"] = {"Test": ["CMD", "check"]}
                if service.kind == "nginx":
                    self.served = (self.layout.nginx / "served.conf").read_text()

    def pull(self, reference: str) -> None:
        """A registry is asked."""
        self.do(f"pull {reference[-8:]}")
        self.images.add(reference)

    def run_once(self, release: str, service: str, arguments: tuple[str, ...]) -> Finished:
        """Compose runs something to its end."""
        if arguments[:2] == ("python", "-c"):
            self.do(f"ask {service} of {release[-1]}")
            return Finished(0, json.dumps({"migrations": self.migrations}), "")
        self.do(f"{'test' if '-t' in arguments else 'run'} {service} of {release[-1]}")
        if service == "volumes":
            (self.volumes / f"{NAMESPACE}_sockets").mkdir(exist_ok=True)
        is_bad = f"{service} of {release[-1]}" in self.unhealthy
        return Finished(1, "", f"{service} failed") if is_bad else Finished(0, "", "")

    def healthy(self, service: str) -> bool:
        """Whether a service runs and answers."""
        found = self.there.get(service)
        return bool(found and found["State"]["Running"]) and f"{service} of {self._made(service)}" not in self.unhealthy

    def asked_through(self, manifest: Manifest, stage: str, path: str) -> tuple[int, str]:
        """What a visitor is answered."""
        self.do("verify")
        return (self.answers, "") if self._is_served() else (502, "Bad Gateway")

    def systemctl(self, argv: list[str], **_: Any) -> str:
        """Systemd loads, enables and disables."""
        _, verb, *rest = argv
        names = [each for each in rest if not each.startswith("--")]
        self.do(" ".join([verb, *names]))
        if verb == "daemon-reload":
            self.loaded = {path.name for path in self.systemd.iterdir()}
        elif verb == "enable":
            self.enabled |= set(names)
        else:
            self.enabled -= set(names)
        return ""

    def _made(self, service: str) -> str:
        return str(self.there[service]["Config"]["Labels"]["kkinfra.content-hash"]).rpartition(" ")[2]

    def _is_served(self) -> bool:
        """Whether a visitor is answered by the product."""
        sockets = self.volumes / f"{NAMESPACE}_sockets"
        colour = webapp.Sockets(sockets).serving()
        return bool(self.served) and "nginx" in self.running() and self.healthy(f"webapp-{colour}")

    def _should_be(self) -> bool:
        """Whether it was answered before, so that it must be from now on."""
        self._was_served = getattr(self, "_was_served", False) or self._is_served()
        return self._was_served

    def _starts_nginx(self) -> bool:
        """Nginx itself starts again: for that moment, nobody is answered, which the plan says."""
        return not self.healthy("nginx") and any("nginx" in each for each in self.did[-3:])

    def _take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def patch(place: object, name: str, value: object) -> None:
            monkeypatch.setattr(place, name, value)

        def noted(place: Any, name: str, told: Any) -> None:
            real = getattr(place, name)

            def call(*arguments: Any, **more: Any) -> Any:
                self.do(told(*arguments))
                return real(*arguments, **more)

            patch(place, name, call)

        noted(files, "write", lambda path, *_: f"write {path.name}")
        noted(files, "link", lambda path, target: f"link {path.name} to {target if '.' in target else target[-1]}")
        noted(journal, "append", lambda path, line, _: f"journal {json.loads(line).get('kind', 'history')}")
        patch(os, "fsync", lambda _: None)
        patch(Layout, "private", property(lambda place: place.directory / "private"))
        patch(ComposeProject, "up", lambda compose, *names: self.up(compose.release, names))
        patch(ComposeProject, "run", lambda compose, name, *argv, **_: self.run_once(compose.release, name, argv))
        patch(images.HostRegistry, "pull", lambda _, reference: self.pull(reference))
        patch(nginx, "identity", lambda _: self.served if "nginx" in self.running() else "")
        patch(nginx, "run", lambda *_, **__: Finished(0, "", ""))
        patch(nginx, "asked_through", self.asked_through)
        patch(nginx, "_RELOAD_SECONDS", 0)
        patch(nginx.wait_for, "__defaults__", (0,))
        patch(services, "run", lambda argv, **_: self._check(argv))
        patch(webapp.Sockets, "healthy", lambda _, app, colour, __: self._answer(colour))
        patch(units, "check", self.systemctl)
        patch(units, "DIRECTORY", self.systemd)
        patch(rollout, "_VERIFY_SECONDS", 0)
        patch(rollout, "_POLL_SECONDS", 0)
        patch(runs, "HostEngine", lambda: self)
        patch(runs, "_PATIENCE_SECONDS", 0)
        patch(runs.signal, "signal", lambda *_: None)

    def _check(self, argv: list[str]) -> Finished:
        found = next(each for each in self.containers(NAMESPACE) if each.id == argv[2])
        return Finished(0 if self.healthy(found.service) else 1, "", "its own check fails")

    def _answer(self, colour: str) -> webapp.HealthAnswer:
        return (
            webapp.HealthAnswer(200, "")
            if self.healthy(f"webapp-{colour}")
            else webapp.HealthAnswer(503, "/ready: 503")
        )
