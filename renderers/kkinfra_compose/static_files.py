"""Static files: a one-off copies them out of the image, beside those of the releases before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.static_files import PUBLISH
from kkinfra_compose.dependencies import depends_on
from kkinfra_compose.mounts import STATIC, STATIC_DIRECTORY, file, volume
from kkinfra_compose.secrets import reading
from kkinfra_compose.service import RELEASE, Service, labelled, one_off, service

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import StaticFiles

SCRIPT = "static-files/publish.py"
_TARGET = "/etc/kkinfra/publish.py"


def static_files_service(environment: Environment, name: str, files: StaticFiles) -> Service:
    """It runs before the webapp of a release does, so that no page names a file that is not there."""
    command = ["python", _TARGET, files.directory, STATIC_DIRECTORY, str(files.keep.seconds)]
    volumes = [file(SCRIPT, _TARGET), volume(STATIC, STATIC_DIRECTORY)]
    made: Service = {
        **service(environment, files),
        **one_off(RELEASE),
        "command": command,
        **reading(environment, name),
        "volumes": volumes,
        **depends_on(environment, name, volumes),
    }
    return labelled(environment, name, made, [PUBLISH])
