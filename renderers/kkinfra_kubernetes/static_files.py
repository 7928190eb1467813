"""Static files: out of the product's image, into a volume that webapp and Nginx share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.stack import StaticFiles
from kkinfra_kubernetes.container import container
from kkinfra_kubernetes.volume import MANY_NODES, Volume, claimed
from kkinfra_nginx.static_files import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

VOLUME = "static-files"
_SIZE = "1Gi"  # NFS does not enforce it

COLLECT = """\
import filecmp, os, pathlib, shutil, sys, time
source, target, keep = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
mark = target / ".release"
mine = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
before = mark.read_text().splitlines() if mark.is_file() else []
for name in mine:
    path, fresh = target / name, target / f"{name}.{os.uname().nodename}"
    if not path.is_file() or not filecmp.cmp(source / name, path, shallow=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, fresh)
        fresh.replace(path)
for name in before if before != mine else []:
    if (target / name).is_file():
        os.utime(target / name)
fresh = target / f".release.{os.uname().nodename}"
fresh.write_text("\\n".join(mine))
fresh.replace(mark)
oldest, kept = time.time() - keep, {*mine, ".release"}
for path in target.rglob("*"):
    if path.is_file() and str(path.relative_to(target)) not in kept and path.stat().st_mtime < oldest:
        path.unlink(missing_ok=True)
"""
"""Adds this image's files by renaming, so that none is ever served half; removes what was replaced long ago.

Arguments: source, target, and for how many seconds files of an earlier release stay after a later one came.
"""


def collected_into(cluster: Cluster) -> tuple[list[Object], list[Object]]:
    """Init containers and volumes of a pod that needs the static files in place; nothing where there are none."""
    found = cluster.environment.part(StaticFiles)
    if found is None:
        return [], []
    name, static = found
    command = ["python", "-c", COLLECT, str(static.directory), DIRECTORY, str(static.keep.seconds)]
    mounts = [{"name": VOLUME, "mountPath": DIRECTORY}]
    image = str(cluster.environment.image)
    return [container(VOLUME, image, static, mounts=mounts, command=command)], [claimed(VOLUME, name)]


def static_volume_files(cluster: Cluster, name: str, static: StaticFiles) -> Iterator[File]:
    """The volume, which pods on all nodes write and read."""
    yield from Volume(cluster, name, static.kind, static.uid, _SIZE, MANY_NODES).files(f"nginx/{VOLUME}-")
