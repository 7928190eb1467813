"""Waiting for the database and the migration: what orders a release where nothing but `kubectl apply` runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Job, Migration, Process
from kkinfra_kubernetes.pod_container import container, literal, secret_mounts
from kkinfra_kubernetes.waves import MIGRATION, wave_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra_kubernetes.cluster import Cluster, Object
    from kkinfra_kubernetes.config_map import Variables

FOR_MIGRATION, FOR_DATABASE = "wait-for-migration", "wait-for-database"
_START_SECONDS = 300  # pulling the image comes on top of the migration's own time
DATABASE_SECONDS = 600
"""How long the migration waits for the database: as long as the database's startup probe lets it start."""
_CONNECT = (
    "import os, socket;"
    ' socket.create_connection((os.environ["DATABASE_HOST"], int(os.environ["DATABASE_PORT"])), 3).close()'
)
_WAIT = 'end=$(( $(date +%s) + {seconds} )); until "$@"; do [ "$(date +%s)" -lt "$end" ] || exit 1; sleep 5; done'


def wait_seconds(migration: Migration) -> int:
    """How long pods wait for the migration before they start over."""
    return DATABASE_SECONDS + migration.deadline.seconds + _START_SECONDS


def waited_seconds(cluster: Cluster, template: Object) -> int:
    """How long the init containers of a pod may wait, which comes on top of its command's own deadline."""
    waits = {each["name"] for each in template["spec"].get("initContainers", ())}
    found = cluster.environment.part(Migration)
    seconds = wait_seconds(found[1]) if found and FOR_MIGRATION in waits else 0
    return seconds + (DATABASE_SECONDS if FOR_DATABASE in waits else 0)


def check_command(migration: Migration) -> tuple[str, ...]:
    """The argv that tells whether all migrations are applied; empty where the migration is not Django's.

    `migrate --check` exits 1 while some are not (https://docs.djangoproject.com/en/stable/ref/django-admin/).
    """
    argv = tuple(str(word) for word in migration.command)
    for at in range(len(argv) - 1):
        if argv[at].endswith(("manage.py", "django-admin")) and argv[at + 1] == "migrate":
            return (*argv[: at + 2], "--check")
    return ()


def wait_for_migration(cluster: Cluster, name: str, part: Process, variables: Variables) -> list[Object]:
    """An init container that ends when the database has this image's migrations.

    Only parts that run the product's image and may read the database's password can tell, so the others
    do not wait; neither does a job that runs before the migration.
    """
    found = cluster.environment.part(Migration)
    if found is None or cluster.database is None or isinstance(part, Migration) or name not in cluster.app_names:
        return []
    argv = check_command(found[1])
    knows = cluster.database[1].password in cluster.environment.secrets_of(name)
    if not argv or not knows or (isinstance(part, Job) and wave_of(cluster.environment, name) < MIGRATION):
        return []
    return [_wait(variables, part, FOR_MIGRATION, wait_seconds(found[1]), argv)]


def wait_for_database(migration: Migration, variables: Variables) -> list[Object]:
    """An init container that ends when the database listens, so that a slow start uses up none of the Job's retries."""
    if "DATABASE_HOST" not in variables.data:
        return []
    argv = ("python", "-c", _CONNECT)
    return [_wait(variables, migration, FOR_DATABASE, DATABASE_SECONDS, argv)]


def _wait(variables: Variables, part: Process, called: str, seconds: int, argv: Sequence[str]) -> Object:
    cluster = variables.cluster
    command = ["sh", "-c", _WAIT.format(seconds=seconds), called, *literal(argv)]
    image = str(cluster.environment.image_of(part))
    mounts = secret_mounts(cluster, variables.name, part)
    return container(called, image, part, mounts=mounts, command=command, envFrom=variables.env_from())
