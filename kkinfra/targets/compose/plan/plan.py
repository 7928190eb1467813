"""What a deploy would change: the release that is wanted against what runs on the host. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.difference.text import unified
from kkinfra.host.manifest import from_json
from kkinfra.host.plain import mapping
from kkinfra.targets.compose.plan.release import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kkinfra.host.manifest import Manifest, ReleaseService
    from kkinfra.targets.compose.plan.release import RenderedRelease

_COMPOSE = "compose.yaml"
_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One difference. `mark` is `+`, `~` or `-`; `!` is for what visitors or tasks notice; `details` are lines."""

    mark: str
    part: str
    what: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What will be done to which host: `fingerprint` is of the host as the plan was made from it."""

    environment: str
    release: Manifest
    before: Manifest | None
    changes: tuple[PlannedChange, ...]
    notes: tuple[str, ...]
    fingerprint: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes


def make_plan(
    release: RenderedRelease, facts: dict[str, Any], marks: Mapping[str, str], *, insist: bool = False
) -> HostPlan:
    """The plan; `facts` are what the host observed, `marks` keyed digests of the secrets as they are here.

    With `insist`, a certificate is asked for although that failed a short time ago.
    """
    there = facts["release"]
    before = from_json(there["current"]) if "current" in there else None
    made = _Planning(release, before, facts, marks, insist=insist)
    changes = tuple(made.changes())
    if not changes and before is not None and before.tree != release.manifest.tree:
        changes = (PlannedChange("~", "release", "changes in compose.yaml that start nothing again"),)
    return HostPlan(
        release.manifest.environment, release.manifest, before, changes, tuple(made.notes()),
        str(there.get("fingerprint", "")),
    )  # fmt: skip


class _Planning:
    def __init__(
        self,
        release: RenderedRelease,
        before: Manifest | None,
        facts: dict[str, Any],
        marks: Mapping[str, str],
        *,
        insist: bool,
    ) -> None:
        self.release, self.new, self.before, self.insist = release, release.manifest, before, insist
        self.facts, self.there = facts, facts["release"]
        named: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
        for each in self.there.get("containers", ()):
            if not each["one_off"]:
                named[each["name"] == f"{self.new.namespace}-{each['service']}-1"].append(each)
        self.containers, self.left = {each["service"]: each for each in named[True]}, named[False]
        had = self.there.get("secrets", {})
        self.secrets = {name for name, mark in marks.items() if name in self.new.secrets and had.get(name) != mark}

    def changes(self) -> Iterator[PlannedChange]:
        yield from self._cut_off()
        yield from self._image()
        yield from self._webapp()
        for service in self.new.stateful:
            yield from self._service(service, "!", "starts again: cache and tasks wait for some seconds")
        for service in self.new.services:
            yield from self._service(service, "~", "starts again; what it is at ends first")
        yield from self._nginx()
        yield from self._removed()
        yield from self._files()
        yield from self._secrets()
        yield from self._certificate()

    def notes(self) -> Iterator[str]:
        if self.before and self.new.django and any(True for _ in self._image()):
            yield "migrations are named once the image is there, before anything of the release runs"
        certificate = mapping(self.there.get("certificate"))
        if certificate:
            yield f"certificate: until {certificate['ends']}, from {certificate['issuer']}"

    def _cut_off(self) -> Iterator[PlannedChange]:
        run = self.facts["host"]["cut_off"]
        if run and not self.facts["lock"]["held"]:
            yield PlannedChange(
                "!", "host", f"run {run['run']} was cut off in step {run['step']}; it is put right first"
            )
        for path in self.there.get("damaged", ()):
            yield PlannedChange("~", path, "was changed on the host by hand")

    def _image(self) -> Iterator[PlannedChange]:
        if self.before is None:
            yield PlannedChange("+", "image", self.new.image)
        elif self.before.image != self.new.image:
            yield PlannedChange("~", "image", f"{_digest(self.before.image)} -> {_digest(self.new.image)}")

    def _webapp(self) -> Iterator[PlannedChange]:
        app = self.new.webapp
        if app is None:
            return
        colour = self.there.get("colour", "")
        if not colour:
            yield PlannedChange("+", "webapp", f"blue starts; {self._described(app.blue)}")
            return
        had = self.before.webapp.of(colour) if self.before and self.before.webapp else None
        why = self._why(app.of(colour), had)
        if why:
            other = "green" if colour == "blue" else "blue"
            yield PlannedChange("~", "webapp", f"{other} starts beside {colour}, which ends once it is healthy", why)

    def _service(self, service: ReleaseService, mark: str, what: str) -> Iterator[PlannedChange]:
        if service.name not in self.containers:
            yield PlannedChange("+", service.name, f"starts; {self._described(service)}")
            return
        why = self._why(service, self._had(service.name))
        if why:
            yield PlannedChange(mark, service.name, what, why)

    def _had(self, name: str) -> ReleaseService | None:
        return next((each for each in self.before.everything() if each.name == name), None) if self.before else None

    def _why(self, service: ReleaseService, had: ReleaseService | None) -> tuple[str, ...]:
        """Why a running service is not what is wanted; nothing where it is."""
        container = self.containers.get(service.name)
        if container is None:
            return ("is not there",)
        differs = container["restart_hash"] != service.restart_hash or (
            not service.restart_hash and container["hash"] != service.hash
        )
        reasons = [*_reasons(service, had), *self._variables(service, had)] if differs else []
        limits = (container["memory"], container["cpus"])
        deployed = (had or service).memory, (had or service).cpus
        if limits != deployed:
            reasons.append(f"by hand: {_limits(*deployed)} was made {_limits(*limits)}")
        written, mounted = self.before.files if self.before else {}, mapping(container.get("files"))
        astray = (path for path, digest in mounted.items() if written.get(path, digest) != digest)
        reasons += [f"by hand: {path}, which it mounts, was changed" for path in astray]
        if not container["running"]:
            reasons.append(f"does not run ({container['status']}, exit code {container['exit_code']})")
        reasons += [f"secret {name}: another value" for name in service.secrets if name in self.secrets]
        return tuple(reasons or (["what it is made from"] if differs else []))

    def _variables(self, service: ReleaseService, had: ReleaseService | None) -> Iterator[str]:
        """The variables that have other values; none of them is a secret, which are files."""
        if had is None:
            return
        texts = (mapping(self.there.get("texts")).get(_COMPOSE, ""), self.release.files.get(_COMPOSE, ""))
        was, now = (variables(text, service.name) for text in texts)
        for name in sorted(was.keys() & now.keys()):
            if was[name] != now[name] and (was[name], now[name]) != (had.image, service.image):
                yield f"variable {name}: {was[name]} -> {now[name]}"

    def _described(self, service: ReleaseService) -> str:
        return f"{service.image.rpartition('/')[2].partition('@')[0]}, {_limits(service.memory, service.cpus)}"

    def _nginx(self) -> Iterator[PlannedChange]:
        wanted = self.new.nginx
        if wanted is None:
            return
        if wanted.service.name not in self.containers:
            yield PlannedChange("+", "nginx", f"starts on ports {wanted.http_port} and {wanted.https_port}")
            return
        why = self._why(wanted.service, self._had(wanted.service.name))
        stage, served = str(self.there.get("stage", "http")), self.there.get("served", "")
        if why:
            yield PlannedChange("!", "nginx", "starts again: nobody is answered for a second or two", why)
        elif served != wanted.identities.get(stage):
            yield PlannedChange("~", "nginx", "reload: idle connections are closed", (f"stage {stage}",))

    def _removed(self) -> Iterator[PlannedChange]:
        wanted = {service.name for service in self.new.everything()}
        for name in sorted(set(self.containers) - wanted):
            yield PlannedChange("-", name, "ends and is removed")
        for each in self.left:
            yield PlannedChange("-", each["name"], "is left of a start that was cut off, and is removed")

    def _files(self) -> Iterator[PlannedChange]:
        """Every file but the Compose project's, which is told part by part."""
        had = self.before.files if self.before else {}
        texts: Mapping[str, str] = self.there.get("texts", {})
        for path in sorted({*had, *self.new.files} - {_COMPOSE}):
            if self.before is None or had.get(path) == self.new.files.get(path):
                continue
            mark = "+" if path not in had else "-" if path not in self.new.files else "~"
            lines = _difference(texts.get(path, ""), self.release.files.get(path, ""))
            yield PlannedChange(mark, path, f"{sum(line[0] in '+-' for line in lines)} lines differ", tuple(lines))

    def _secrets(self) -> Iterator[PlannedChange]:
        if self.before is None:
            return
        had = set(self.before.secrets)
        for name in sorted(self.secrets):
            readers = [each.name for each in self.new.everything() if name in each.secrets]
            yield PlannedChange("~" if name in had else "+", f"secret {name}", f"read by {', '.join(readers)}")
        for name in sorted(had - set(self.new.secrets)):
            yield PlannedChange("-", f"secret {name}", "is not read any more")

    def _certificate(self) -> Iterator[PlannedChange]:
        if self.new.certificate is not None and not self.there.get("certificate"):
            paused = self.facts["host"]["certificate_paused_until"]
            if self.insist or not paused:
                is_shown = self.there.get("stage") == "tls"
                until = "Nginx shows one that is lost" if is_shown else "HTTP alone is served"
                what = f"asked for, for {self.new.domain}; until it is there, {until}"
                yield PlannedChange("+", "certificate", what)


def _reasons(service: ReleaseService, had: ReleaseService | None) -> Iterator[str]:
    """What differs between two descriptions of a service, as far as they say it."""
    if had is None:
        return
    if had.image != service.image:
        yield "image"
    if (had.memory, had.cpus) != (service.memory, service.cpus):
        yield f"{_limits(had.memory, had.cpus)} -> {_limits(service.memory, service.cpus)}"
    yield from (f"variable +{name}" for name in _new(service.variables, had.variables))
    yield from (f"variable -{name}" for name in _new(had.variables, service.variables))
    yield from (f"secret +{name}" for name in _new(service.secrets, had.secrets))
    yield from (f"secret -{name}" for name in _new(had.secrets, service.secrets))
    if had.stop_grace != service.stop_grace:
        yield f"stop_grace {had.stop_grace} s -> {service.stop_grace} s"


def _new(these: Iterable[str], those: Iterable[str]) -> list[str]:
    return sorted(set(these) - set(those))


def _limits(memory: int, cpus: float) -> str:
    return f"{memory / _MB:g} MB, {cpus:g} CPU"


def _digest(image: str) -> str:
    name, _, digest = image.partition("@")
    return digest[:19] or name


def _difference(before: str, after: str) -> list[str]:
    """The lines that differ, in the form of `diff -u`, without their surroundings."""
    lines = unified(before.splitlines(), after.splitlines(), context=0)
    return [line for line in lines if not line.startswith("@@")]
