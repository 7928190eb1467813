"""Provisioning a stack: CloudFormation says what it would change, and that very change set is executed."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kkinfra.errors import AwsError, DeployError
from kkinfra.spec.stack_outputs import StackOutputs, is_written, outputs_path, write_outputs
from kkinfra.system.deployer import from_revision, new_run, who
from kkinfra.targets.cloudformation.plan.data_loss import address_warnings, refuse_losses
from kkinfra.targets.cloudformation.plan.importing import NOTHING, importing
from kkinfra.targets.cloudformation.plan.planning import WantedStack, make_change_set, refuse_stale
from kkinfra.targets.cloudformation.plan.telling import told_change
from kkinfra.targets.cloudformation.stack.event_lines import EventLines
from kkinfra.targets.cloudformation.stack.following import Operation, refuse_failure
from kkinfra.targets.cloudformation.stack.parameters import First, values_of
from kkinfra.targets.cloudformation.stack.place import host_of
from kkinfra.targets.cloudformation.stack.settling import settled
from kkinfra.targets.cloudformation.stack.states import OWN_TOKEN
from kkinfra.targets.protocol.history import provision_run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan
from kkinfra.targets.provision_files import one_public_key

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.targets.cloudformation.session import StackSession
    from kkinfra.targets.cloudformation.stack.change_set import ChangeSet
    from kkinfra.targets.cloudformation.stack.states import Stack

_PLAN_SECONDS = 300


def plan(session: StackSession) -> Plan:
    """What would change, by a change set that is left there; nothing of what runs is touched by it."""
    options, template = session.options, session.template
    stack = settled(session.live, options.timeout, options.lock_wait, EventLines(session.telling))
    found = _change_set(session, stack)
    name = str(session.environment.name)
    made = Plan(
        name, "provision", f"{session.place}{'' if stack.standing == 'ready' else ', which is not there yet'}",
        changes=tuple(map(told_change, found.changes)), warnings=tuple(address_warnings(found.changes)),
        problem=_problem(found, options.allow_replace, template.types), fingerprint=found.arn,
        said="nothing was changed", question=f"change the stack of {name} like this?",
        details=_details(session, stack, found), made=found,
    )  # fmt: skip
    if not found.is_empty:
        return made
    known = not stack.outputs or is_written(_outputs_path(session), name, _outputs(session, stack))
    return replace(made, notes=_lines(stack), question="", is_done=known)


def _change_set(session: StackSession, stack: Stack) -> ChangeSet:
    options, live, host = session.options, session.live, host_of(session.environment)
    template, imports = session.template, NOTHING
    if options.import_:
        template, imports = importing(live, stack, template, options.import_)
    key = one_public_key(options.key) if options.key else None
    values = values_of(live.api, template, stack, First(host.image_parameter, key, options.newest_image))
    revision = from_revision(session.wanted.spec_file)
    why = f"by {who()['who']}{f', from {revision}' if revision else ''}"
    wanted = WantedStack(template.body, tuple(template.parameters), values, imports, why)
    session.telling("CloudFormation works out what would change")
    return make_change_set(live, stack, wanted, f"{OWN_TOKEN}{new_run()}", _PLAN_SECONDS)


def _problem(found: ChangeSet, named: tuple[str, ...], known: dict[str, str]) -> DeployError | None:
    """That data would be lost, which nobody named; or that a name is none."""
    try:
        refuse_losses(found.changes, named, known)
    except DeployError as error:
        return error
    return None


def discard(session: StackSession, plan: Plan) -> None:
    """Delete the change set, and an empty stack that was made for it; an empty one is deleted already."""
    if not plan.made.is_empty:
        session.live.delete_change_set(plan.made)


def apply(session: StackSession, plan: Plan) -> Outcome:
    """Let the engine do exactly what was shown, follow it, and keep the outputs beside the specification."""
    found: ChangeSet = plan.made
    began = time.time()
    stack = session.live.look() if found.is_empty else _executed(session, plan)
    path, outputs = _outputs_path(session), _outputs(session, stack)
    told = tuple(f"  {line}" for line in _lines(stack) if plan.changes)
    if outputs.outputs and write_outputs(path, plan.environment, outputs):
        told = (*told, f"wrote {path}; commit it")
    return Outcome(provision_run(began), told=told, details=_details(session, stack, found))


def _executed(session: StackSession, plan: Plan) -> Stack:
    live, found = session.live, plan.made
    try:
        refuse_stale(live.change_set(found.arn))
    except BaseException:
        with suppress(AwsError):
            discard(session, plan)
        raise
    newest = live.newest_event(found.stack_id)
    live.execute(found, found.name)
    operation = Operation(live, found.stack_id, newest.id if newest else "")
    stack = operation.follow(session.options.timeout, EventLines(session.telling))
    refuse_failure(live, stack, operation.story)
    return stack


def _outputs_path(session: StackSession) -> Path:
    return outputs_path(session.wanted.spec_file, session.environment.name)


def _outputs(session: StackSession, stack: Stack) -> StackOutputs:
    place = session.place
    return StackOutputs(place.account, place.region, place.stack, dict(stack.outputs))


def _lines(stack: Stack) -> tuple[str, ...]:
    return tuple(f"{name} = {value}" for name, value in stack.outputs)


def _details(session: StackSession, stack: Stack, found: ChangeSet) -> dict[str, Any]:
    place = session.place
    return {
        "account": place.account, "region": place.region, "stack": place.stack, "change_set": found.arn,
        "status": stack.status, "outputs": dict(stack.outputs),
    }  # fmt: skip
