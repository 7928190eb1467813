"""Waiting for the migration: what orders a release where nothing but `kubectl apply` runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.stack import Job, Migration, Process
from kkinfra_kubernetes.container import container, literal, secret_mounts
from kkinfra_kubernetes.waves import MIGRATION, wave_of

if TYPE_CHECKING:
    from kkinfra_kubernetes.cluster import Cluster, Object
    from kkinfra_kubernetes.config_map import Variables

_START_SECONDS = 300  # pulling the image and starting the database come on top of the migration's own deadline
_WAIT = 'end=$(( $(date +%s) + {seconds} )); until "$@"; do [ "$(date +%s)" -lt "$end" ] || exit 1; sleep 5; done'


def wait_seconds(migration: Migration) -> int:
    """How long pods wait for the migration before they start over."""
    return migration.deadline.seconds + _START_SECONDS


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
    command = ["sh", "-c", _WAIT.format(seconds=wait_seconds(found[1])), "wait-for-migration", *literal(argv)]
    image = str(cluster.environment.image_of(part))
    mounts = secret_mounts(cluster, name, part)
    return [container("wait-for-migration", image, part, mounts=mounts, command=command, envFrom=variables.env_from())]
