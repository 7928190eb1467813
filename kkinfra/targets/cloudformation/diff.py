"""What `provision` would change, for `diff`: a change set is made, read and deleted; what runs is not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.change import ABSENT, Change
from kkinfra.difference.comparison import compared
from kkinfra.difference.report import Compared, Difference, not_asked
from kkinfra.errors import KkinfraError
from kkinfra.system.deployer import new_run
from kkinfra.targets.cloudformation.plan.data_loss import address_warnings, losses
from kkinfra.targets.cloudformation.plan.planning import WantedStack, make_change_set
from kkinfra.targets.cloudformation.plan.telling import TARGET, told_change
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.place import place_of
from kkinfra.targets.cloudformation.stack.states import OWN_TOKEN
from kkinfra.targets.cloudformation.stack.template import template_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.cloudformation.stack.change_set import ResourceChange
    from kkinfra.targets.cloudformation.stack.template import Template

_SECONDS = 120


def stack_difference(
    environment: Environment, rendered: ArtifactTree, heard: Callable[[str], None]
) -> Difference | None:
    """What the stack of an environment differs in from what is rendered; None where kkinfra makes none.

    Where it cannot be asked (no boto3, no credentials, it is being changed), the difference says so, and why. `heard`
    is told when AWS asks for patience.
    """
    if environment.stack_name is None:
        return None
    place = place_of(environment)
    try:
        return _asked(environment.name, LiveStack(connect_aws(place, heard)), template_of(rendered))
    except KkinfraError as error:
        return not_asked(environment.name, TARGET, place.where, str(error))


def _asked(name: str, live: LiveStack, template: Template) -> Difference:
    stack, place = live.look(), live.api.place
    if stack.standing in {"absent", "new"}:
        target = Compared(TARGET, f"{place.where}, which is not there yet")
        return Difference(name, (target,), tuple(_addition(each, template) for each in template.types))
    if stack.standing != "ready":
        remedy = f"`kkinfra provision {name}` says what to do"
        return not_asked(name, TARGET, place.where, f"it is in state {stack.status}; {remedy}")
    wanted = WantedStack(template.body, tuple(template.parameters), why="by kkinfra diff")
    found = make_change_set(live, stack, wanted, f"{OWN_TOKEN}{new_run()}", _SECONDS)
    if not found.is_empty:
        live.delete_change_set(found)
    return Difference(
        name, (Compared(TARGET, place.where, _notes(found.changes)),), tuple(map(told_change, found.changes))
    )


def _addition(name: str, template: Template) -> Change:
    properties = template.resources[name].get("Properties", {})
    return Change(TARGET, f"{name} ({template.types[name]})", "add", compared(ABSENT, properties))


def _notes(changes: tuple[ResourceChange, ...]) -> tuple[str, ...]:
    refused = [f"{each}; provision refuses that unless it is named" for each in losses(changes)]
    return (*refused, *address_warnings(changes))
