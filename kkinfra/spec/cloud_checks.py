"""What must hold for CloudFormation to make an environment's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import PostgresqlRds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.issues import Fault
    from kkinfra.spec.platforms import Ec2

_MADE_WITH = ("stack_name", "zones", "os")
_ZONES = 2
_SMALLEST_DISK = 8
"""GiB: the size of the images' own snapshots (https://wiki.debian.org/Cloud/AmazonEC2Image)."""

_SMALLEST_STORAGE, _LARGEST_STORAGE = 20, 65536
"""GiB of gp3 for PostgreSQL (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html)."""


def cloud_checks(environment: Environment) -> Iterator[Fault]:
    """Path and problem, for everything that AWS would refuse, and for a password that it changes."""
    yield from _changing_passwords(environment)
    instance = environment.platform.instance
    if instance is None:
        return
    if environment.stack_name is None:
        yield from _of_no_use(instance)
        return
    yield from _host(environment, instance)
    for name, database in environment.parts(PostgresqlRds):
        for path, problem in _database(environment, database):
            yield ("stack", name, path), problem


def _of_no_use(host: Ec2) -> Iterator[Fault]:
    """What nothing reads of a host that is there already."""
    for name in _MADE_WITH:
        if name in host.model_fields_set:
            problem = "is for a host that kkinfra creates, which needs account; add account, or remove this field"
            yield ("platform", "host", name), problem


def _host(environment: Environment, host: Ec2) -> Iterator[Fault]:
    at = ("platform", "host")
    if len(set(host.zones)) != _ZONES or len(host.zones) != _ZONES:
        yield (*at, "zones"), "needs two different zones, since a database needs two; write two, as in [a, c]"
    if host.disk.gibibytes < _SMALLEST_DISK:
        yield (*at, "disk"), f"{host.disk} is smaller than the image; write at least {_SMALLEST_DISK}GiB"
    if not str(environment.stack_name)[0].isalpha():
        problem = f"{environment.stack_name!r} does not begin with a letter, as the name of a CloudFormation stack must"
        yield at, f"{problem}; add stack_name, as in stack_name: app-{environment.name}"


def _database(environment: Environment, database: PostgresqlRds) -> Iterator[tuple[str, str]]:
    if not _SMALLEST_STORAGE <= database.storage.gibibytes <= _LARGEST_STORAGE:
        limits = f"{_SMALLEST_STORAGE}GiB to {_LARGEST_STORAGE}GiB"
        yield "storage", f"{database.storage} is a size that RDS does not offer; write {limits}"
    if database.user == database.MASTER:
        own = environment.project.replace("-", "_")
        problem = f"{database.MASTER!r} is the master user, whose password RDS changes"
        yield "user", f"{problem}; write another name, as in {own}"


def _changing_passwords(environment: Environment) -> Iterator[Fault]:
    """What RDS keeps for a master user is called `rds!db-...`, and changed each week.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
    """
    for name, secret in environment.secrets.items():
        if secret.aws_secret and secret.aws_secret.rpartition(":secret:")[2].startswith("rds!"):
            problem = "is a master password, which RDS changes each week, and a deploy reads once"
            remedy = f"`kkinfra provision {environment.name} --database` makes a role of the product's own"
            yield ("secrets", name, "aws_secret"), f"{problem}; name another, since {remedy}"
