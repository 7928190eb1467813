"""Nginx, the only one that listens to the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import StaticFiles, Webapp
from kkinfra_compose import health, mounts
from kkinfra_compose.interpolation import Interpolated
from kkinfra_compose.part import part_service
from kkinfra_compose.service import Service, confined, labelled
from kkinfra_nginx.configuration import GROUP, HTTP, TLS, USER, stages
from kkinfra_nginx.identity import PATH
from kkinfra_nginx.locations import CHALLENGES
from kkinfra_nginx.tls import CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Nginx

STAGE = "KKINFRA_NGINX_STAGE"
"""Variable of Compose that says which stage is started: `http` until the first certificate, then `tls`."""

SHARED = "KKINFRA_NGINX"
"""Variable of Compose that names the directory of configurations, where it is not the one beside compose.yaml.

The deployer has one that outlives releases, so that Nginx sees a new configuration without being started again.
"""

DIRECTORY = "/etc/nginx/kkinfra"
PASSWD, GROUPS = "nginx/passwd", "nginx/group"

# Ports below 1024, workers of another user, and temporary directories that belong to them.
_CAPABILITIES = ("CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID")


def nginx_service(environment: Environment, name: str, nginx: Nginx, identities: Sequence[str]) -> Service:
    """The master is root with four rights, since a right does not reach another user in a container.

    `identities` tell one configuration from another. The master is process 1 itself, so that a signal reaches it;
    SIGQUIT lets requests finish.
    """
    own: Service = {
        **confined(environment, 0, _CAPABILITIES),
        "init": False,
        "entrypoint": ["nginx"],
        "command": ["-e", "stderr", "-c", _served(environment), "-g", "daemon off;"],
        "stop_signal": "SIGQUIT",
    }
    check = health.over_port(environment, nginx.identity_port, PATH, product=False)
    made = part_service(environment, name, nginx, own, volumes=_volumes(environment), healthcheck=check)
    return labelled(environment, name, made, [passwd(nginx), group(nginx)], reloaded=identities)


def passwd(nginx: Nginx) -> str:
    """Nginx takes a user by name only; this gives the name its number (passwd(5))."""
    return f"root:x:0:0::/:/bin/sh\n{USER}:x:{nginx.uid}:{nginx.uid}::/:/bin/false\n"


def group(nginx: Nginx) -> str:
    """The same for the group (group(5))."""
    return f"root:x:0:\n{GROUP}:x:{nginx.uid}:\n"


def _served(environment: Environment) -> str:
    last = TLS if TLS in stages(environment) else HTTP
    return Interpolated(f"{DIRECTORY}/${{{STAGE}:-{last}}}.conf")


def _volumes(environment: Environment) -> list[dict[str, Any]]:
    found = [
        {**mounts.file("nginx", DIRECTORY), "source": Interpolated(f"${{{SHARED}:-./nginx}}")},
        mounts.file(PASSWD, "/etc/passwd"),
        mounts.file(GROUPS, "/etc/group"),
    ]
    if environment.part(Webapp):
        found.append(mounts.volume(mounts.SOCKETS, mounts.SOCKETS_DIRECTORY, read_only=True))
    if environment.part(StaticFiles):
        found.append(mounts.volume(mounts.STATIC, mounts.STATIC_DIRECTORY, read_only=True))
    if isinstance(environment.tls, Certbot):
        found.append(mounts.volume(mounts.ACME, CHALLENGES, read_only=True))
        found.append(mounts.volume(mounts.LETSENCRYPT, CERTIFICATES, read_only=True))
    return found
