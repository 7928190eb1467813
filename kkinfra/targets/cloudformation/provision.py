"""The verb `provision ENV` on a stack: CloudFormation says what it would change, and does so once that is agreed to."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.console.agreement import require_agreement
from kkinfra.console.changes import change_lines
from kkinfra.console.output import emit_or_say, print_warning, say
from kkinfra.console.telling import telling_for
from kkinfra.difference.as_json import as_json
from kkinfra.difference.report import Difference
from kkinfra.errors import AwsError
from kkinfra.proving.gate import require_proofs
from kkinfra.rendering.pipeline import open_spec, render, resolve
from kkinfra.spec.stack_outputs import StackOutputs, outputs_path, write_outputs
from kkinfra.system.deployer import from_revision, new_run, who
from kkinfra.targets.cloudformation.plan.data_loss import address_warnings, refuse_losses, refuse_unknown
from kkinfra.targets.cloudformation.plan.importing import NOTHING, importing
from kkinfra.targets.cloudformation.plan.planning import WantedStack, make_change_set, refuse_stale
from kkinfra.targets.cloudformation.plan.telling import told_change
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.event_lines import EventLines
from kkinfra.targets.cloudformation.stack.following import Operation, refuse_failure
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.parameters import First, values_of
from kkinfra.targets.cloudformation.stack.place import host_of, place_of
from kkinfra.targets.cloudformation.stack.settling import settled
from kkinfra.targets.cloudformation.stack.states import OWN_TOKEN
from kkinfra.targets.cloudformation.stack.template import template_of
from kkinfra.targets.provision_files import one_public_key

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.cloudformation.stack.change_set import ChangeSet
    from kkinfra.targets.cloudformation.stack.states import Stack
    from kkinfra.targets.cloudformation.stack.template import Template

_PLAN_SECONDS = 300


def run(options: argparse.Namespace) -> int:
    """Show what would change, and bring it there once that is agreed to; returns the exit code."""
    spec = open_spec(options.spec)
    environment = resolve(spec, options.environment, provisioned=False)
    place = place_of(environment)
    require_proofs(options, spec, environment.name)
    template = template_of(render(environment))
    with telling_for(options) as telling:
        telling(f"looking at {place}")
        live = LiveStack(connect_aws(place, telling))
        return _Provisioning(options, environment, template, live, telling).run()


@dataclass(frozen=True, slots=True)
class _Provisioning:
    options: argparse.Namespace
    environment: Environment
    template: Template
    live: LiveStack
    telling: Telling

    def run(self) -> int:
        stack = settled(self.live, self.options.timeout, self.options.lock_wait, self.event_lines())
        found = self.plan(stack)
        self.telling.pause()
        if found.is_empty:
            refuse_unknown(self.options.allow_replace, self.template.types)
            self.end(self.live.look(), found, "nothing to change")
            return 0
        try:
            self.show(stack, found)
            agreed = self.agree(found)
        except BaseException:
            with suppress(AwsError):
                self.live.delete_change_set(found)
            raise
        if not agreed:
            self.live.delete_change_set(found)
            self.end(stack, found, "nothing was changed", is_dry=True)
            return 0
        self.execute(found)
        return 0

    def plan(self, stack: Stack) -> ChangeSet:
        """Ask for the change set; nothing of what runs is touched by it."""
        options, host = self.options, host_of(self.environment)
        template, imports = self.template, NOTHING
        if options.imports:
            template, imports = importing(self.live, stack, template, options.imports)
        key = one_public_key(options.key) if options.key else None
        values = values_of(self.live.api, template, stack, First(host.image_parameter, key, options.newest_image))
        revision = from_revision(options.spec)
        why = f"by {who()['who']}{f', from {revision}' if revision else ''}"
        wanted = WantedStack(template.body, tuple(template.parameters), values, imports, why)
        self.telling("CloudFormation works out what would change")
        return make_change_set(self.live, stack, wanted, f"{OWN_TOKEN}{new_run()}", _PLAN_SECONDS)

    def show(self, stack: Stack, found: ChangeSet) -> None:
        """What would change, and what that would cost besides."""
        what = "would be changed" if stack.standing == "ready" else "would be made"
        say(self.options, f"{self.environment.name}: {self.live.api.place}, {what} like this:")
        for change in found.changes:
            say(self.options, *change_lines(told_change(change), sys.stdout, everything=self.options.verbose))
        for warning in address_warnings(found.changes):
            print_warning(warning)

    def agree(self, found: ChangeSet) -> bool:
        """Whether to go on; raises DeployError where what is not named would be lost, or the stack has changed."""
        refuse_losses(found.changes, self.options.allow_replace, self.template.types)
        if self.options.dry_run:
            return False
        require_agreement(self.options, f"change the stack of {self.environment.name} like this?")
        refuse_stale(self.live.change_set(found.arn))
        return True

    def execute(self, found: ChangeSet) -> None:
        """Let the engine do exactly what was shown, and follow it."""
        began = time.monotonic()
        newest = self.live.newest_event(found.stack_id)
        self.live.execute(found, found.name)
        operation = Operation(self.live, found.stack_id, newest.id if newest else "")
        stack = operation.follow(self.options.timeout, self.event_lines())
        refuse_failure(self.live, stack, operation.story)
        self.end(stack, found, f"done in {time.monotonic() - began:.0f} s", is_executed=True)

    def event_lines(self) -> EventLines:
        """What tells the events of an operation, line by line."""
        self.telling.pause()
        return EventLines(sys.stderr, quiet=self.options.quiet)

    def end(self, stack: Stack, found: ChangeSet, how: str, *, is_executed: bool = False, is_dry: bool = False) -> None:
        """Say how it ended, and keep the outputs beside the specification."""
        path = outputs_path(self.options.spec, self.environment.name)
        outputs = {} if is_dry else dict(stack.outputs)
        place = self.live.api.place
        is_written = bool(outputs) and write_outputs(
            path, self.environment.name, StackOutputs(place.account, place.region, place.stack, outputs)
        )
        told = [how, *(f"  {name} = {value}" for name, value in outputs.items())]
        if is_written:
            told.append(f"wrote {path}; commit it")
        emit_or_say(self.options, self.facts(stack, found, executed=is_executed), *told)

    def facts(self, stack: Stack, found: ChangeSet, *, executed: bool) -> dict[str, Any]:
        """All of it, for programs."""
        place = self.live.api.place
        changes = tuple(map(told_change, found.changes))
        return {
            "environment": self.environment.name, "account": place.account, "region": place.region,
            "stack": place.stack, "change_set": found.arn, "executed": executed, "status": stack.status,
            "changes": as_json(Difference(self.environment.name, changes=changes))["changes"],
            "outputs": dict(stack.outputs),
        }  # fmt: skip
