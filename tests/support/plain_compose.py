"""What somebody without kkinfra would do on the same host: another image in compose.yaml, and `docker compose up`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from interruptions import DIRECTORY

if TYPE_CHECKING:
    from deployer import Deployer

UP_SECONDS = 240
SERVICES = "celery-worker celery-beat flower"

_UP = """
cd {directory}/current
trap 'rm -f plain.yaml' EXIT
sed 's#{before}#{after}#g' compose.yaml > plain.yaml
export KKINFRA_NGINX={directory}/nginx KKINFRA_NGINX_STAGE=served
docker compose --progress quiet --file plain.yaml --profile {colour} \\
    up --detach --no-deps --pull never {flags} webapp-{colour} {services} 2>&1
"""


def up(deployer: Deployer, image: str, *flags: str) -> float:
    """Let another variant, which the host has, take the place of the one that serves; raises RehearsalError.

    Redis and Nginx are left alone. The next deploy replaces all that it did. Returns the seconds that Compose took.
    """
    there = deployer.status()["details"]["release"]
    after, before = deployer.releases[image], there["current"]["image"]
    command = _UP.format(
        directory=DIRECTORY,
        before=before,
        after=after,
        colour=there["colour"],
        flags=" ".join(flags),
        services=SERVICES,
    )
    began = time.monotonic()
    deployer.machine.root(command, UP_SECONDS)
    return time.monotonic() - began
