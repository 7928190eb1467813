"""What differs between a release that is wanted and a host, field by field: what a deploy brings, and drift. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT, Change, FieldChange
from kkinfra.difference.comparison import compared
from kkinfra.difference.text import changed_lines
from kkinfra.host.plain import items, mapping
from kkinfra.targets.compose.plan.drift import COMPOSE, HOST, Deployed, drift, without_value
from kkinfra.targets.compose.plan.release import services_of
from kkinfra.values.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.difference.change import Action
    from kkinfra.targets.compose.plan.plan import HostPlan, PlannedChange
    from kkinfra.targets.compose.plan.release import RenderedRelease

ACTIONS: Mapping[str, Action] = {"+": "add", "~": "change", "!": "change", "-": "remove"}
"""What a mark in a plan means."""

_GENERATED = ("kkinfra.content-hash", "kkinfra.restart-hash")
_QUIET = "starts nothing again"
_BY_HAND = "by hand"
_TOLD_OTHERWISE = ("image", "release")
"""The image is told where it runs, and what starts nothing again by its fields."""


def changes(
    release: RenderedRelease, plan: HostPlan, deployed: Deployed, marks: Mapping[str, str]
) -> tuple[Change, ...]:
    """Everything that differs; `marks` are keyed digests of the secrets as they are here, which may lack some."""
    return tuple(_Changes(release, plan, deployed, marks).all())


@dataclass(frozen=True, slots=True)
class _Changes:
    release: RenderedRelease
    plan: HostPlan
    deployed: Deployed
    marks: Mapping[str, str]

    def all(self) -> Iterator[Change]:
        fields, by_hand = self.service_fields(), list(drift(self.deployed))
        planned = [each for each in self.plan.changes if each.part not in _TOLD_OTHERWISE and _BY_HAND not in each.what]
        deeds = {each.part: each.what for each in planned if each.part not in {*fields, *self.files()}}
        for change in by_hand:
            yield self.by_hand(change, deeds)
        merged = {self.part(each.identity) for each in by_hand} & deeds.keys()
        for each in planned:
            if each.part not in merged:
                yield self.planned(each, fields.pop(each.part, ()))
        for name, left in fields.items():
            yield Change(HOST, name, self.action(name), left, self.when(name))

    def by_hand(self, change: Change, deeds: Mapping[str, str]) -> Change:
        """Drift, with what a deploy does about it."""
        if deed := deeds.get(self.part(change.identity)):
            return replace(change, note=deed)
        is_container = any(each["service"] == change.identity for each in items(self.deployed.there.get("containers")))
        if is_container and all(each.part != self.part(change.identity) for each in self.plan.changes):
            return replace(change, note="a deploy leaves it so; remove the container on the host, then deploy")
        return change

    def planned(self, planned: PlannedChange, fields: tuple[FieldChange, ...]) -> Change:
        """A change of the plan, with the fields behind it."""
        action, part = ACTIONS[planned.mark], planned.part
        if part in self.files():
            text = str(mapping(self.deployed.there.get("texts")).get(part, ""))
            lines = changed_lines(text, self.release.files.get(part, ""))
            return Change(HOST, part, action, (FieldChange("", lines=lines),) if lines else ())
        if part.startswith("secret "):
            another = (FieldChange("value", MASK, MASK, "another value"),)
            return Change(HOST, part, action, another if action == "change" else (), planned.what)
        fields = (*fields, *self.secret_fields(part))
        if action == "change" and not fields:
            action = "restart"
        is_gone = action == "add" and self.service(part) in self.deployed.services()
        said = (planned.what, *self.state(part), *(["was removed on the host"] if is_gone else ()))
        is_by_hand = bool(planned.details) and all(each.startswith(_BY_HAND) for each in planned.details)
        return Change(HOST, part, action, fields, "; ".join(said), drift=is_gone or is_by_hand)

    def files(self) -> set[str]:
        """The paths of the release that is wanted, and of the one on the host."""
        return {*self.release.files, *(self.plan.before.files if self.plan.before else ())}

    def state(self, part: str) -> Iterator[str]:
        """Why a service starts again that is not made from anything else."""
        for each in items(self.deployed.there.get("containers")):
            if each["service"] == self.service(part) and not each["one_off"] and not each["running"]:
                yield f"does not run ({each['status']}, exit code {each['exit_code']})"

    def secret_fields(self, part: str) -> Iterator[FieldChange]:
        """The secrets of other values that a service reads, and that it read before."""
        had = mapping(self.deployed.there.get("secrets"))
        for service in self.release.manifest.everything():
            if service.name == self.service(part):
                changed = (
                    name for name in service.secrets if name in had and self.marks.get(name, had[name]) != had[name]
                )
                yield from (FieldChange(f"secrets[{name}]", MASK, MASK, "another value") for name in changed)

    def service(self, part: str) -> str:
        """The service of a part: that of the colour that serves."""
        app = self.release.manifest.webapp
        colour = str(self.deployed.there.get("colour") or "blue")
        return app.of(colour).name if app is not None and part == "webapp" else part

    def part(self, service: str) -> str:
        """The part that a service is told as."""
        return "webapp" if service == self.service("webapp") else service

    def service_fields(self) -> dict[str, tuple[FieldChange, ...]]:
        """By part, the fields in which the Compose project differs from the one that was deployed."""
        if self.plan.before is None:
            return {}
        old, new = self.parts(self.deployed.services()), self.parts(services_of(self.release.files[COMPOSE]))
        is_edited = self.deployed.original(COMPOSE) is None
        found = {name: compared(old.get(name, ABSENT), new.get(name, ABSENT)) for name in {**old, **new}}
        return {
            name: tuple(without_value(each) if is_edited else each for each in _without_copies(fields))
            for name, fields in found.items()
            if fields
        }

    def parts(self, services: Mapping[str, Any]) -> dict[str, Any]:
        """The services without what is computed, the webapp once: by the colour that serves."""
        app = self.release.manifest.webapp
        colours = {app.blue.name, app.green.name} if app else set[str]()
        told = {name: each for name, each in services.items() if name not in colours or self.part(name) == "webapp"}
        return {self.part(name): _written(each) for name, each in told.items()}

    def when(self, name: str) -> str:
        """When a service runs that a deploy does not start."""
        release = self.release.manifest
        if any(each.name == name for each in release.once):
            return "runs in each deploy"
        return "is started by its timer" if any(each.name == name for each in release.timed) else _QUIET

    def action(self, name: str) -> Action:
        """What becomes of a service that runs once, or by a timer."""
        there = self.parts(self.deployed.services()), self.parts(services_of(self.release.files[COMPOSE]))
        return "change" if name in there[0] and name in there[1] else "add" if name in there[1] else "remove"


def _without_copies(fields: tuple[FieldChange, ...]) -> Iterator[FieldChange]:
    """Without variables that repeat the image."""
    image = next(((each.before, each.after) for each in fields if each.path == "image"), None)
    yield from (each for each in fields if each.path == "image" or (each.before, each.after) != image)


def _written(service: Any) -> dict[str, Any]:
    labels = {key: value for key, value in mapping(mapping(service).get("labels")).items() if key not in _GENERATED}
    return {**mapping(service), "labels": labels}
