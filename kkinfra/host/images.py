"""Images: pulled by digest before anything stops, with a login that no disk ever sees, and removed at last."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.host import platforms
from kkinfra.host.errors import HostError
from kkinfra.host.plain import mapping
from kkinfra.host.process import run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.host.engine import HostEngine
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest

LOGIN = "docker"
"""The directory of a client's configuration while it pulls; it holds the login."""
_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_PULL_SECONDS = 900
_ASK_SECONDS = 20


@dataclass(frozen=True)
class Found:
    """What a registry says of a reference: digest and platforms (`linux/arm64`), or why it says nothing."""

    digest: str = ""
    platforms: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class HostRegistry:
    """The registries, asked through the engine of this host; `login` is Docker's configuration as JSON, or empty."""

    layout: Layout
    engine: HostEngine
    login: bytes = b""

    def find(self, reference: str) -> Found:
        """What the registry has for a reference."""
        headers = {"X-Registry-Auth": credentials(self.login, reference)} if self.login else {}
        path = f"/distribution/{reference}/json"
        try:
            found, why = self.engine.find(path, headers, _ASK_SECONDS)
        except HostError as error:
            return Found(problem=str(error))
        if not found:
            return Found(problem=why)
        return Found(str(found["Descriptor"]["digest"]), tuple(platforms.of_registry(found)))

    def pull(self, reference: str) -> None:
        """Pull an image; raises HostError, saying what the registry or the disk has against it."""
        directory = self.layout.private / LOGIN
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            (directory / "config.json").write_bytes(self.login or b"{}")
            argv = ["docker", "--config", str(directory), "pull", "--quiet", reference]
            done = run(argv, seconds=_PULL_SECONDS)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        if done.code:
            raise HostError(f"{reference} cannot be pulled: {done.said}; {pull_remedy(done.said)}")


def pull_remedy(said: str) -> str:
    """What helps where an image cannot be pulled."""
    for word, remedy in (
        ("no space left", "free some of the host's disk (`docker image prune -a`), then deploy again"),
        ("unauthorized", "renew the pull secret: it must be let in to read this repository"),
        ("denied", "renew the pull secret: it must be let in to read this repository"),
        ("no matching manifest", "it is not built for this host's processor: `kkinfra build ENV --push` builds it so"),
        ("not found", "push it first: `kkinfra build ENV --push`"),
        ("manifest unknown", "push it first: `kkinfra build ENV --push`"),
        ("connection refused", "the registry does not answer the host; nothing was stopped, so try again later"),
    ):
        if word in said.lower():
            return remedy
    return "see whether the host reaches the registry; nothing was stopped"


def credentials(login: bytes, reference: str) -> str:
    """The part of a Docker configuration that is for one registry, as the engine's X-Registry-Auth takes it."""
    registry = _registry(reference)
    try:
        entries = mapping(json.loads(login)["auths"])
    except (ValueError, KeyError, TypeError):
        return ""
    named: list[Any] = [value for key, value in entries.items() if _host(key) == registry]
    found = mapping(named[0]) if named else {}
    if "auth" in found:
        user, _, password = base64.b64decode(found["auth"]).decode().partition(":")
        found = {"username": user, "password": password}
    document = {"serveraddress": registry, **found}
    return base64.urlsafe_b64encode(json.dumps(document).encode()).decode()


def _registry(reference: str) -> str:
    """A reference's registry; where it names none, that is Docker Hub."""
    first, slash, _ = reference.partition("/")
    return _host(first) if slash and ("." in first or ":" in first or first == "localhost") else _DOCKER_HUB[0]


def _host(key: str) -> str:
    """The host of a key of `auths`, which may be a URL, too; Docker Hub has several."""
    host = (key.partition("://")[2] or key).partition("/")[0].lower()
    return _DOCKER_HUB[0] if host in _DOCKER_HUB else host


def missing(engine: HostEngine, manifest: Manifest) -> list[str]:
    """The images of a release that this host does not have."""
    return [reference for reference in manifest.images() if engine.image(reference) is None]


def refuse_foreign(engine: HostEngine, manifest: Manifest) -> None:
    """Raise HostError where this host cannot run an image of a release, all of which it has by now.

    Docker pulls an image of another platform without a word where its registry has no list of several.
    """
    host = engine.platform()
    there = {reference: platforms.of_image(engine.image(reference) or {}) for reference in manifest.images()}
    foreign = {name: found for name, found in there.items() if not platforms.runs(host, found)}
    if foreign:
        lines = "".join(f"\n  {name}: {found[0]}" for name, found in foreign.items())
        raise HostError(
            f"this host is {host}, and cannot run:{lines}\nnothing was stopped; `kkinfra build {manifest.environment} "
            f"--push` builds the product's own for it; of another, take one that is there for {host}"
        )


def remove_unused(engine: HostEngine, repository: str, kept: Iterable[str]) -> list[str]:
    """Remove images of the product that no kept release names; returns what could not be removed, and why."""
    wanted = {found["Id"] for found in (engine.image(each) for each in kept) if found is not None}
    problems: list[str] = []
    for image in engine.ask("GET", "/images/json"):
        names = [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]
        ours = [name for name in names if repository_of(name) == repository]
        if ours and image["Id"] not in wanted:
            problems += _remove(engine, ours)
    return problems


def repository_of(reference: str) -> str:
    """A reference without its tag and digest; the registry's port is no tag."""
    named = reference.partition("@")[0]
    head, colon, tag = named.rpartition(":")
    return head if colon and "/" not in tag else named


def _remove(engine: HostEngine, names: list[str]) -> list[str]:
    problems: list[str] = []
    for name in names:
        try:
            engine.ask("DELETE", f"/images/{name}")
        except HostError as error:
            if "No such image" not in str(error):
                problems.append(f"{name}: {error}")
    return problems
