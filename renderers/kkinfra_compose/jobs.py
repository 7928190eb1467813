"""Commands that end: the migration and jobs once a release, crons at set times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose.part import part_service
from kkinfra_compose.service import CRON, RELEASE, Service, labelled, one_off, within

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Cron, Job, Migration


def once_a_release(environment: Environment, name: str, part: Migration | Job) -> Service:
    """The migration, or a job."""
    return _service(environment, name, part, RELEASE)


def at_set_times(environment: Environment, name: str, part: Cron) -> Service:
    """A cron, which its timer starts."""
    return _service(environment, name, part, CRON)


def _service(environment: Environment, name: str, part: Migration | Job | Cron, profile: str) -> Service:
    own: Service = {**one_off(profile), "command": within(part.deadline, part.command)}
    return labelled(environment, name, part_service(environment, name, part, own))
