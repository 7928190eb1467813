"""Static files: out of the product's image, into a volume that webapp and Nginx share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.static_files import PUBLISH
from kkinfra.spec.stack import StaticFiles
from kkinfra_kubernetes.pod_container import container
from kkinfra_kubernetes.volume import MANY_NODES, Volume, claimed
from kkinfra_nginx.static_files import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

VOLUME = "static-files"


def collected_into(cluster: Cluster) -> tuple[list[Object], list[Object]]:
    """Init containers and volumes of a pod that needs the static files in place; nothing where there are none."""
    found = cluster.environment.part(StaticFiles)
    if found is None:
        return [], []
    name, static = found
    command = ["python", "-c", PUBLISH, str(static.directory), DIRECTORY, str(static.keep.seconds)]
    mounts = [{"name": VOLUME, "mountPath": DIRECTORY}]
    image = str(cluster.environment.image)
    return [container(VOLUME, image, static, mounts=mounts, command=command)], [claimed(VOLUME, name)]


def static_volume_files(cluster: Cluster, name: str, static: StaticFiles) -> Iterator[File]:
    """The volume, which pods on all nodes write and read."""
    yield from Volume(cluster, name, static.kind, static.uid, mode=MANY_NODES).files(f"nginx/{VOLUME}-")
