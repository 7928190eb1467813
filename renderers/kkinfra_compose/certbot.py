"""Certbot: one command gets the first certificate and renews it when it is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.cpu import Cpu
from kkinfra.spec.memory import Memory
from kkinfra_compose.mounts import ACME, LETSENCRYPT, volume
from kkinfra_compose.service import TOOLS, Service, confined, labelled, limits, one_off
from kkinfra_nginx.locations import CHALLENGES
from kkinfra_nginx.tls import CERTIFICATES

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Certbot

CERTBOT = "certbot"
IMAGE = "certbot/certbot:v5.8.0"

_MEMORY = Memory(192, "MB")
_CPU_LIMIT, _CPU = Cpu(1000), Cpu(100)


def certbot_service(environment: Environment, certbot: Certbot) -> Service:
    """Root, without any right beyond its own files, since the keys are root's."""
    base = limits(environment, _MEMORY, _CPU_LIMIT, _CPU)
    made: Service = {
        "image": IMAGE,
        "pull_policy": "missing",
        **confined(environment, 0),
        **base,
        **one_off(TOOLS),
        "tmpfs": [*base["tmpfs"], "/var/lib/letsencrypt", "/var/log/letsencrypt"],
        "entrypoint": ["certbot"],
        "command": command(environment, certbot),
        "volumes": [volume(ACME, CHALLENGES), volume(LETSENCRYPT, CERTIFICATES)],
    }
    return labelled(environment, CERTBOT, made)


def command(environment: Environment, certbot: Certbot) -> list[str]:
    """Does nothing while the certificate is good for long enough (--keep-until-expiring)."""
    return [
        "certonly", "--non-interactive", "--agree-tos", "--email", certbot.email, "--no-eff-email",
        "--webroot", "--webroot-path", CHALLENGES, "--domain", environment.domain, "--cert-name", environment.domain,
        "--keep-until-expiring",
        *(["--server", certbot.server] if certbot.server else []),
        *(["--staging"] if certbot.staging else []),
    ]  # fmt: skip
