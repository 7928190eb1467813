"""Alpha's manifests with the same image, in plain Docker under the constraints that they state."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.rendering.writing import write
from rehearsal import database
from rehearsal.engine import remove_container
from rehearsal.pods import DockerPods
from rehearsal.tree import SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

WORKLOADS = {
    "webapp": "webapp/deployment.yaml",
    "celery-worker": "celery/celery-worker-deployment.yaml",
    "celery-beat": "celery/celery-beat-deployment.yaml",
    "flower": "flower/deployment.yaml",
}
HOME = Path("build", "rehearsal-pods").resolve()
DATABASE = "kkinfra-rehearsal-pod-postgresql"


@pytest.fixture(scope="module")
def pods(engine: DockerClient) -> Iterator[DockerPods]:
    """Redis and a database of their own, and the migration done."""
    alpha = open_spec(SPEC).environments["alpha"]
    write(render(alpha), HOME / "alpha")
    values = {"DJANGO_SECRET_KEY": "k" * 64, "POSTGRES_PASSWORD": "only-here", "FLOWER_BASIC_AUTH": "flower:only-here"}
    found = DockerPods(engine, HOME / "alpha", HOME / "mounts", values)
    postgresql = alpha.stack["postgresql"]
    database.start(
        engine, HOME / "postgresql", name=postgresql.database, user=postgresql.user, password="only-here",
        container=DATABASE, network=found.network.name,
    )  # fmt: skip
    try:
        found.start("redis/deployment.yaml")
        found.wait_ready("redis/deployment.yaml")
        assert "Applying monitor.0001_initial... OK" in found.finish("webapp/migration-job.yaml")
        yield found
    finally:
        remove_container(engine, DATABASE)
        found.remove()
        shutil.rmtree(HOME)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_starts_and_is_ready(pods: DockerPods, name: str) -> None:
    container = pods.start(WORKLOADS[name])
    pods.wait_ready(WORKLOADS[name])
    container.reload()
    assert container.status == "running"
    assert container.attrs["State"]["OOMKilled"] is False
    assert container.attrs["HostConfig"]["ReadonlyRootfs"] is True
    who = container.exec_run(["sh", "-c", "id -u; touch /app/x 2>&1; touch /tmp/x && echo written"]).output.decode()
    assert who.split()[0] == "10001"
    assert "Read-only file system" in who
    assert "written" in who
