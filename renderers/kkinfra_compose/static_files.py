"""Static files: a one-off copies them out of the image, beside those of the releases before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose.dependencies import depends_on
from kkinfra_compose.mounts import STATIC, STATIC_DIRECTORY, file, volume
from kkinfra_compose.secrets import reading
from kkinfra_compose.service import RELEASE, Service, labelled, one_off, service

if TYPE_CHECKING:
    from kkinfra.environment import Environment
    from kkinfra.stack import StaticFiles

SCRIPT = "static-files/publish.py"
_TARGET = "/etc/kkinfra/publish.py"

PUBLISH = '''\
"""publish.py SOURCE TARGET SECONDS: copy SOURCE into TARGET, and prune what is out of date there.

Nothing of this release is pruned. A file of an earlier one stays for SECONDS after it was replaced,
since its release serves until the switch, and browsers hold its pages for longer.
"""

import os
import shutil
import sys
import time
from pathlib import Path

source, target, keep = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
record = target / ".release"
now = time.time()

released = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
if not released:
    sys.exit(f"{source} holds no files; does the image collect its static files?")

current = set(released)
before = record.read_text().splitlines() if record.exists() else []
for name in set(before) - current:
    if (target / name).is_file():
        os.utime(target / name, (now, now))

for name in released:
    path = target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    shutil.copyfile(source / name, fresh)
    os.replace(fresh, path)

fresh = target / ".release.fresh"
fresh.write_text("".join(f"{name}\\n" for name in released))
os.replace(fresh, record)

pruned = 0
for path in list(target.rglob("*")):
    if path.is_file() and path != record and str(path.relative_to(target)) not in current:
        if path.stat().st_mtime < now - keep:
            path.unlink()
            pruned += 1
print(f"{len(released)} static files released, {pruned} pruned")
'''


def static_files_service(environment: Environment, name: str, files: StaticFiles) -> Service:
    """It runs before the webapp of a release does, so that no page names a file that is not there."""
    command = ["python", _TARGET, files.directory, STATIC_DIRECTORY, str(files.keep.seconds)]
    made: Service = {
        **service(environment, files),
        **one_off(RELEASE),
        "command": command,
        **reading(environment, name),
        "volumes": [file(SCRIPT, _TARGET), volume(STATIC, STATIC_DIRECTORY)],
        **depends_on(environment, name, volumes=True),
    }
    return labelled(environment, name, made, [PUBLISH])
