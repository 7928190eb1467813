"""What is not as it was deployed, since somebody changed it on the host. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT, Change, FieldChange
from kkinfra.difference.comparison import compared
from kkinfra.difference.text import changed_lines
from kkinfra.host.manifest import from_json
from kkinfra.host.plain import items, mapping
from kkinfra.targets.compose.plan.expected import expected, told
from kkinfra.targets.compose.plan.release import services_of
from kkinfra.values.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.host.manifest import Manifest, ReleaseService

HOST = "host"
"""The target that these changes are told of."""

COMPOSE = "compose.yaml"
_OF_A_VARIABLE = re.compile(r"(?:^|\.)environment\b")


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a host says of the release that it serves, and the key under which it was asked.

    `rendered` are the files of the release that is wanted, from which those that were edited are known, as long as
    they are the same.
    """

    facts: Mapping[str, Any]
    key: str
    rendered: Mapping[str, str]
    wanted: Mapping[str, str]
    """Digests of the same."""

    @property
    def there(self) -> Mapping[str, Any]:
        """The part that tells of the release."""
        return mapping(self.facts.get("release"))

    @property
    def manifest(self) -> Manifest | None:
        """The release that serves, if any."""
        current = self.there.get("current")
        return from_json(current) if current else None

    def original(self, path: str) -> str | None:
        """A file of the release as it was deployed; None where nobody has it any more."""
        manifest = self.manifest
        if manifest is None or path not in manifest.files:
            return None
        if path not in items(self.there.get("damaged")):
            text = mapping(self.there.get("texts")).get(path)
            return None if text is None else str(text)
        return self.rendered.get(path) if self.wanted.get(path) == manifest.files[path] else None

    def services(self) -> dict[str, Any]:
        """The services as they were deployed; as they are written now, where nobody knows how they were."""
        text = self.original(COMPOSE)
        return services_of(mapping(self.there.get("texts")).get(COMPOSE, "") if text is None else text)


def drift(deployed: Deployed) -> Iterator[Change]:
    """Containers that run with something else, files that were edited, and an Nginx that serves something else."""
    manifest = deployed.manifest
    if manifest is None:
        return
    yield from _containers(deployed, manifest)
    yield from _files(deployed)
    yield from _served(deployed, manifest)


def _containers(deployed: Deployed, manifest: Manifest) -> Iterator[Change]:
    services, by_name = deployed.services(), {each.name: each for each in manifest.everything()}
    for container in items(deployed.there.get("containers")):
        name = str(container["service"])
        runs = mapping(container.get("runs"))
        is_made_of_it = name in by_name and _is_made_of(container, by_name[name])
        if container["one_off"] or not runs or name not in services or not is_made_of_it:
            continue
        wanted = expected(services[name], manifest.namespace, deployed.key)
        fields = compared(told(runs, wanted), wanted)
        if fields:
            yield Change(HOST, name, "change", fields, drift=True)


def _is_made_of(container: Mapping[str, Any], service: ReleaseService) -> bool:
    """Whether it is of this release: one that is not was left by a deploy that was cut off, not made by hand."""
    if service.restart_hash:
        return bool(container["restart_hash"] == service.restart_hash)
    return bool(container["hash"] == service.hash)


def _files(deployed: Deployed) -> Iterator[Change]:
    texts, edited = mapping(deployed.there.get("texts")), mapping(deployed.there.get("edited"))
    for path in items(deployed.there.get("damaged")):
        if path in texts:
            yield _edited(str(path), str(texts[path]), deployed.original(str(path)))
    for path, about in edited.items():
        yield _edited(str(path), str(about["text"]), deployed.original(str(about["file"])))


def _edited(path: str, text: str, original: str | None) -> Change:
    if original is None:
        return Change(HOST, path, "change", note="how it was is not known here", drift=True)
    if path == COMPOSE:
        fields = compared({"services": services_of(text)}, {"services": services_of(original)})
        return Change(HOST, path, "change", tuple(without_value(each) for each in fields), drift=True)
    return Change(HOST, path, "change", (FieldChange("", lines=changed_lines(text, original)),), drift=True)


def without_value(field: FieldChange) -> FieldChange:
    """A field without what somebody wrote into a variable on the host, which may be a secret."""
    if not _OF_A_VARIABLE.search(field.path) or field.action == "add":
        return field
    after = MASK if field.action == "change" else ABSENT
    return FieldChange(field.path, MASK, after, "another value" if field.action == "change" else "")


def _served(deployed: Deployed, manifest: Manifest) -> Iterator[Change]:
    if manifest.nginx is None:
        return
    stage = str(deployed.there.get("stage", "http"))
    served, wanted = deployed.there.get("served"), manifest.nginx.identities.get(stage)
    if served and served != wanted:
        field = FieldChange("served configuration", served, wanted, f"stage {stage}, as Nginx itself says")
        yield Change(HOST, manifest.nginx.service.name, "change", (field,), drift=True)
