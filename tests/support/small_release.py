"""A small product's releases as the host knows them: `made` is what tells one from another, part by part."""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kkinfra.host import releases
from kkinfra.host.layout import Layout
from kkinfra.host.manifest import Manifest, ReleaseCertificate, ReleaseNginx, ReleaseService, ReleaseWebapp, SecretFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAMESPACE, DOMAIN = "shop", "shop.example.org"
IMAGE = "registry.example.org/shop"


def layout(directory: Path) -> Layout:
    """Where all of it is."""
    return Layout(directory, NAMESPACE)


def service(name: str, kind: str, made: str = "a", **more: Any) -> ReleaseService:
    """A part; whether it is another than before is seen by its hash."""
    image = more.pop("image", f"{IMAGE}@sha256:{made * 64}")
    facts = {"memory": 64_000_000, "cpus": 0.5, "stop_grace": 2, "deadline": 5, **more}
    return ReleaseService(name, kind, f"{name} {made}", image, **facts)


def manifest(made: str = "a", *, name: str = "", configuration: str = "", **changes: Any) -> Manifest:
    """A release of which all parts but Redis and Nginx are made anew; the name tells when it was deployed."""
    secrets = {"secrets": ("KEY",)}
    configured = configuration or made
    texts = tree(made, configured)
    facts: dict[str, Any] = {
        "webapp": ReleaseWebapp(
            service("webapp-blue", "webapp", made, **secrets), service("webapp-green", "webapp", made, **secrets),
            "sockets", ("/live", "/ready"), 0,
        ),
        "nginx": ReleaseNginx(
            service("nginx", "nginx", "x", image="nginx:1.22", restart_hash="nginx x"),
            {"http": f"http {configured}", "tls": f"tls {configured}"}, 8181, 80, 443,
        ),
        "certificate": ReleaseCertificate(
            service("certbot", "certbot", "x", image="certbot/certbot:v5.8.0"), "letsencrypt"
        ),
        "stateful": (service("redis", "redis", "x", image="redis:7.4"),),
        "services": (service("worker", "celery-worker", made, **secrets), service("beat", "celery-beat", made)),
        "once": (
            service("volumes", "volumes", "x"), service("static-files", "static-files", made),
            service("migration", "migration", made, **secrets),
        ),
        "files": {path: sha256(text.encode()).hexdigest() for path, text in texts.items()},
        "secrets": {"KEY": SecretFile(os.getuid(), 0o400)},
        **changes,
    }  # fmt: skip
    identifier = name or f"2026112{ord(made) % 10}T010203Z-{made * 8}"
    return Manifest(
        identifier, NAMESPACE, "production", DOMAIN, "/srv/shop", f"{IMAGE}@sha256:{made * 64}", f"tree {made}", **facts
    )


def tree(made: str, configured: str) -> dict[str, str]:
    """The files of a release."""
    return {
        "compose.yaml": f"name: {NAMESPACE} # {made}\n",
        "nginx/http.conf": f"http {configured}",
        "nginx/tls.conf": f"tls {configured}",
        f"systemd/{NAMESPACE}-recover.service": "[Service]\n[Install]\n",
        f"systemd/{NAMESPACE}-clean-{made}.timer": "[Timer]\n[Install]\n",
    }


def sent(made: str = "a", *, configuration: str = "", key: bytes = b"key of the product") -> dict[str, bytes]:
    """What a deployer sends along with a release."""
    texts = tree(made, configuration or made)
    return {**{f"tree/{path}": text.encode() for path, text in texts.items()}, "secret/KEY": key}


def staged(place: Layout, wanted: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Put a release on the disk of the host."""
    return releases.stage(place, wanted.as_json(), files)
