"""Bringing a release up beside the one that serves, switching to it, and only then letting go of the other.

Every step looks at what is there and does what is missing, so that the same steps deploy, go back, undo a failed
deploy, and finish or undo one that was cut off. Until the release is committed, the one of before can serve on.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.host import files, images, migrations, nginx, releases, units, webapp
from kkinfra.host.command.request import RELEASE
from kkinfra.host.compose import ComposeProject
from kkinfra.host.errors import HostError
from kkinfra.host.journal import COMMITTED
from kkinfra.host.services import difference, in_release

if TYPE_CHECKING:
    from kkinfra.host.engine import HostEngine
    from kkinfra.host.journal import Journal
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest, ReleaseService
    from kkinfra.host.services import Services

FIRST, ONCE_A_RELEASE = ("first-job",), ("migration", "job")
"""Kinds that run when a release is deployed, before Redis and after it, and never when one is gone back to."""

_POLL_SECONDS = 0.25
_LOOK_SECONDS = 2
_VERIFY_SECONDS = 20


@dataclass
class HostRollout:
    """One release brought to serve; `before` is the release that served, if any did.

    `login` is for the registry; `allowed` says that migrations may be unsafe.
    """

    layout: Layout
    engine: HostEngine
    services: Services
    journal: Journal
    new: Manifest
    before: Manifest | None
    login: bytes = b""
    allowed: bool = False

    def deploy(self) -> None:
        """All steps of a new release, up to the moment from which on it is the one that serves."""
        self.pull()
        self._prepare(FIRST)
        self._jobs(ONCE_A_RELEASE)
        self._serve()

    def go_back(self) -> None:
        """The same for a release that served already: nothing is migrated."""
        self._prepare()
        self._serve()

    def require_images(self) -> None:
        """Going back asks no registry; raises HostError where the host does not have all that it needs."""
        absent = images.missing(self.engine, self.new)
        if absent:
            again = f"`kkinfra deploy {self.new.environment} --image {self.new.image}`"
            raise HostError(
                f"release {self.new.id} needs what is not on the host any more: {', '.join(absent)}; "
                f"nothing was changed; deploy it anew: {again}"
            )

    def restore(self) -> None:
        """Let this release serve, from whatever state the host is in, with what the host has."""
        self._prepare()
        self._serve()
        self.commit()

    def pull(self) -> None:
        """All images are there, and for this host, before anything stops."""
        absent = images.missing(self.engine, self.new)
        if absent:
            with self.journal.step("pull", f"pulling {', '.join(absent)}"):
                registry = images.HostRegistry(self.layout, self.engine, self.login)
                for reference in absent:
                    registry.pull(reference)
        images.refuse_foreign(self.engine, self.new)

    def commit(self) -> None:
        """From here on an interrupted run is finished rather than undone."""
        files.link(self.layout.current, f"{self.layout.releases.name}/{self.new.id}")
        self.journal.write(COMMITTED, release=self.new.id)

    def finish(self) -> None:
        """Let go of what the release of before had and this one has not; timers; old releases."""
        self._let_go()
        with self.journal.step("timers"):
            units.install(self.layout, self.new)

    def _prepare(self, jobs: tuple[str, ...] = ()) -> None:
        self._volumes()
        self._jobs(jobs)
        for service in self.new.stateful:
            self._ensure(service)
        self._jobs(("static-files",))

    def _serve(self) -> None:
        colour = self._start_colour()
        changed = [service for service in self.new.services if self._difference(service)]
        self._stop(changed)
        if colour:
            self._switch(colour)
        self._start(changed)
        self._serve_through_nginx()
        self._verify()

    def _volumes(self) -> None:
        absent = [each for each in self.new.once if each.kind == "volumes"]
        if absent and (self.before is None or self._volumes_differ(absent[0])):
            with self.journal.step("volumes"):
                self.services.run_once(self.new, absent[0])

    def _volumes_differ(self, wanted: ReleaseService) -> bool:
        had = [each for each in self.before.once if each.kind == "volumes"] if self.before else []
        return webapp.sockets(self.engine, self.new) is None or [each.hash for each in had] != [wanted.hash]

    def _jobs(self, kinds: tuple[str, ...]) -> None:
        for service in self.new.once:
            if service.kind in kinds:
                with self.journal.step(service.name):
                    if service.kind == "migration" and self.new.django:
                        self._check_migrations(service)
                    self.services.run_once(self.new, service)

    def _check_migrations(self, service: ReleaseService) -> None:
        found = migrations.planned(self.services, self.new, service)
        names = [f"{each['app']}.{each['name']}" for each in found]
        self.journal.note(f"{len(names)} to run: {', '.join(names)}" if names else "none to run")
        unsafe = migrations.unsafe(found)
        if unsafe and self.before is not None and not self.allowed:
            lines = "\n".join(f"  {line}" for line in unsafe)
            raise HostError(
                f"the release that serves may not live with these migrations:\n{lines}\nnone of them ran; "
                "split them over two releases, or deploy with --allow-unsafe-migrations"
            )

    def _difference(self, service: ReleaseService) -> str:
        return difference(self.layout, self.new, service, self.services.find(service.name))

    def _ensure(self, service: ReleaseService) -> None:
        why = self._difference(service)
        if why:
            with self.journal.step(service.name, why):
                self.services.start(self.new, service)
                self.services.wait(service)

    def _start_colour(self) -> str:
        """The colour that serves from now on, healthy; nothing where the release has no webapp."""
        if self.new.webapp is None:
            return ""
        found = webapp.sockets(self.engine, self.new)
        serving = found.serving() if found else ""
        for colour in (serving, webapp.other(serving)):
            if colour and not self._difference(self.new.webapp.of(colour)):
                self._wait_for_colour(colour)
                return colour
        colour = webapp.other(serving)
        service = self.new.webapp.of(colour)
        with self.journal.step(service.name, "starts beside the one that serves" if serving else "starts"):
            self.services.start(self.new, service)
            self._wait_for_colour(colour)
        return colour

    def _wait_for_colour(self, colour: str) -> None:
        app = self.new.webapp
        assert app is not None  # noqa: S101 - who waits has one
        service, began, looked = app.of(colour), time.time(), 0.0
        while True:
            found = webapp.sockets(self.engine, self.new)
            answer = found.healthy(app, colour, self.new.domain) if found else webapp.HealthAnswer(0, "no volume")
            if answer.is_good:
                return
            if time.time() - looked > _LOOK_SECONDS:
                looked = time.time()
                container = self.services.find(service.name)
                if container is None:
                    raise HostError(f"{service.name} was removed while it was waited for")
                self.services.give_up(service, container, began, answer.said)
            time.sleep(_POLL_SECONDS)

    def _stop(self, changed: list[ReleaseService]) -> None:
        """Let them end with what they are at; what is queued waits for the new ones, which know the new tasks."""
        there = [each for each in changed if self.services.find(each.name)]
        if there:
            with self.journal.step("stop", f"{', '.join(each.name for each in there)} end with what they are at"):
                self.services.remove({each.name: self._grace(each) for each in there})

    def _grace(self, service: ReleaseService) -> int:
        """How long the one that is there may take to end, which the release of before says."""
        had = [each for each in self.before.services if each.name == service.name] if self.before else []
        return max([service.stop_grace, *(each.stop_grace for each in had)])

    def _switch(self, colour: str) -> None:
        found = webapp.sockets(self.engine, self.new)
        if found is not None and found.serving() != colour:
            with self.journal.step("switch", f"{found.serving() or 'nothing'} -> {colour}"):
                found.switch(colour)

    def _start(self, changed: list[ReleaseService]) -> None:
        if changed:
            with self.journal.step("start", ", ".join(each.name for each in changed)):
                self.services.start(self.new, *changed)
        for service in changed:
            with self.journal.step(service.name, "is waited for"):
                self.services.wait(service)

    def _serve_through_nginx(self) -> None:
        """A new Nginx where the service itself changes, a reload where only its configuration does."""
        served = self.new.nginx
        if served is None:
            return
        configuration = nginx.Configuration(self.layout, self.engine)
        stage = configuration.due(self.new)
        container = self.services.find(served.service.name)
        why = difference(self.layout, self.new, served.service, container)
        if why or container is None:
            with self.journal.step("nginx", f"{why or 'is not there'}: starts again, with {stage}"):
                configuration.place(self.new, stage)
                nginx.test_apart(ComposeProject(self.layout, self.new.id), served.service.name)
                self.services.start(self.new, served.service)
                self._wait_for_nginx(served.identities[stage])
        elif nginx.identity(served) != served.identities[stage]:
            with self.journal.step("nginx", f"reload, with {stage}"):
                configuration.reload(self.new, stage, container)
        else:
            configuration.keep(self.new, stage)

    def _wait_for_nginx(self, identity: str) -> None:
        served = self.new.nginx
        assert served is not None  # noqa: S101 - who waits has one
        if not nginx.wait_for(served, identity):
            container = self.services.find(served.service.name)
            log = self.engine.logs(container, 5) if container else "there is no container"
            raise HostError(f"Nginx does not come to serve this release's configuration; its log ends with:\n{log}")

    def _verify(self) -> None:
        """The product answers through Nginx, asked on the host itself."""
        app, served = self.new.webapp, self.new.nginx
        if app is None or served is None or served.restricted:
            return
        stage = nginx.Configuration(self.layout, self.engine).due(self.new)
        until = time.monotonic() + _VERIFY_SECONDS
        while True:
            status, said = nginx.asked_through(self.new, stage, app.paths[-1])
            if status == 200:  # noqa: PLR2004
                return
            if time.monotonic() > until:
                raise HostError(f"through Nginx, {app.paths[-1]} answers {status or 'nothing'}: {said}")
            time.sleep(_POLL_SECONDS)

    def _let_go(self) -> None:
        """The other colour drains and ends; services that no release has any more are removed."""
        found = webapp.sockets(self.engine, self.new)
        wanted = {service.name for service in self.new.everything()}
        there = [each for each in self.services.all() if not each.is_one_off]
        if self.new.webapp is not None and found is not None:
            gone = self.new.webapp.of(webapp.other(found.serving()))
            wanted.discard(gone.name)
            if any(each.service == gone.name and each.is_running for each in there):
                with self.journal.step("drain", f"{gone.name} ends with its last request"):
                    time.sleep(self.new.webapp.drain)
                    self.services.remove({gone.name: gone.stop_grace})
        orphans = {each.service for each in there} - wanted
        self.services.remove(dict.fromkeys(sorted(orphans), self._longest_grace()))
        for each in there:
            if each.service in wanted and each.name != f"{self.layout.namespace}-{each.service}-1":
                self.engine.remove(each)

    def _longest_grace(self) -> int:
        known = [*self.new.services, *(self.before.services if self.before else ())]
        return max([30, *(service.stop_grace for service in known)])

    def clean_up(self, history: list[dict[str, Any]]) -> None:
        """Keep the newest releases that served, and what a container mounts; a failure is told and stops nothing."""
        try:
            kept = self._kept(history)
            for problem in releases.prune(self.layout, kept):
                self.journal.warn(f"an old release stays: {problem}")
            names = [name for each in sorted(kept) for name in releases.load(self.layout, each).images()]
            for problem in images.remove_unused(self.engine, images.repository_of(self.new.image), names):
                self.journal.warn(f"an image stays: {problem}")
        except (HostError, OSError) as error:
            self.journal.warn(f"old releases are not all removed: {error}")

    def _kept(self, history: list[dict[str, Any]]) -> set[str]:
        there = set(releases.names(self.layout))
        served = [str(line["release"]) for line in history if line.get("result") in ("deployed", "rolled back")]
        newest = list(dict.fromkeys(name for name in [self.new.id, *reversed(served)] if name in there))
        there_now = self.services.all()
        mounted = {name for each in there_now for name in in_release(self.layout, each)}
        mounted |= {each.labels[RELEASE] for each in there_now if RELEASE in each.labels}
        return {*newest[: self.new.keep], *(mounted & there), self.new.id}
