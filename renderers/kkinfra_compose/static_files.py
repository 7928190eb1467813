"""Static files: a one-off copies them out of the image, beside those of the releases before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.static_files import PUBLISH
from kkinfra_compose.mounts import STATIC, STATIC_DIRECTORY, file, volume
from kkinfra_compose.part import part_service
from kkinfra_compose.service import RELEASE, Service, labelled, one_off

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import StaticFiles

SCRIPT = "static-files/publish.py"
_TARGET = "/etc/kkinfra/publish.py"


def static_files_service(environment: Environment, name: str, files: StaticFiles) -> Service:
    """It runs before the webapp of a release does, so that no page names a file that is not there."""
    command = ["python", _TARGET, files.directory, STATIC_DIRECTORY, str(files.keep.seconds)]
    volumes = [file(SCRIPT, _TARGET), volume(STATIC, STATIC_DIRECTORY)]
    own: Service = {**one_off(RELEASE), "command": command}
    return labelled(environment, name, part_service(environment, name, files, own, volumes=volumes), [PUBLISH])
