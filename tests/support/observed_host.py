"""What a host answers that serves a release: as its own code tells it, of containers that Compose made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from containers import inspected
from kkinfra.host.call import Call
from kkinfra.host.engine import EngineContainer
from kkinfra.host.layout import Layout
from kkinfra.host.observe import _container

if TYPE_CHECKING:
    from kkinfra.host.manifest import Manifest
    from kkinfra.targets.compose.plan.release import RenderedRelease

NOW = 1_795_568_523.0
"""2026-11-25 01:02:03 UTC."""


def empty() -> dict[str, Any]:
    """A host that is ready, and on which nothing was deployed yet."""
    return {
        "host": {
            "clock": NOW, "name": "ip-10-0-0-1", "boot": NOW - 3 * 86_400, "load": 0.25,
            "disk_free": 5_000_000_000, "disk_total": 8_000_000_000, "memory_free": 600_000_000,
            "memory_total": 1_000_000_000, "swap_free": 1_073_741_824, "cut_off": None, "certificate_paused_until": 0,
        },
        "lock": {"held": False}, "compose": "2.40.3", "ports": {},
        "engine": {"version": "20.10.24+dfsg1", "platform": "linux/amd64"},
        "digest": {"digest": f"sha256:{'2b306f63d738' * 5}abcd", "platforms": ["linux/amd64"], "problem": ""},
        "images": {each: {"platforms": ["linux/amd64"], "here": True} for each in ("redis:7", "nginx:1.22")},
        "database": {},
        "release": {"containers": [], "releases": [], "fingerprint": "fingerprint of nothing"},
    }  # fmt: skip


def serving(release: RenderedRelease, colour: str = "blue") -> dict[str, Any]:
    """A host that serves a release and has a certificate; nothing on it differs from what was deployed."""
    manifest = release.manifest
    facts = empty()
    stage = "tls" if manifest.certificate else "http"
    facts["release"] = {
        "containers": [_told(each, manifest) for each in running(manifest, colour)],
        "releases": [manifest.id], "fingerprint": f"fingerprint of {manifest.id}", "current": manifest.as_json(),
        "damaged": [], "colour": colour if manifest.webapp else "",
        "served": manifest.nginx.identities[stage] if manifest.nginx else "", "stage": stage,
        "certificate": {"ends": "Feb 20 12:00:00 2027 GMT", "issuer": "C = US, O = Let's Encrypt, CN = E7"}
        if manifest.certificate else {},
        "secrets": marks(release), "texts": dict(release.files),
        "last": {
            "what": "deploy", "at": NOW, "seconds": 12.3, "who": "me@laptop", "result": "deployed",
            "release": manifest.id, "why": "",
        },
    }  # fmt: skip
    return facts


def running(manifest: Manifest, colour: str) -> list[dict[str, Any]]:
    """The containers of a release that serves."""
    services = [*manifest.stateful, *manifest.services]
    if manifest.webapp:
        services.append(manifest.webapp.of(colour))
    if manifest.nginx:
        services.append(manifest.nginx.service)
    return [inspected(service, manifest.namespace) for service in services]


def marks(release: RenderedRelease) -> dict[str, str]:
    """What stands for the secrets that a release reads, here and on the host."""
    return {name: f"mark of {name}" for name in release.manifest.secrets}


def part(facts: dict[str, Any], service: str) -> dict[str, Any]:
    """What a host tells of one container, to be changed."""
    return next(each for each in facts["release"]["containers"] if each["service"] == service)


def _told(inspected: dict[str, Any], manifest: Manifest) -> dict[str, Any]:
    layout = Layout(Path(manifest.directory), manifest.namespace)
    return _container(EngineContainer(inspected), Call("observe", layout, {}))
