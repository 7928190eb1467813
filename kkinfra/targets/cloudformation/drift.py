"""The verb `provision ENV --drift` on a stack: what somebody changed there by hand."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.console.changes import difference_lines
from kkinfra.console.output import emit_or_say
from kkinfra.console.telling import telling_for
from kkinfra.difference.as_json import as_json
from kkinfra.difference.report import Compared, Difference
from kkinfra.errors import AwsError
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.targets.cloudformation.plan import drift
from kkinfra.targets.cloudformation.plan.telling import TARGET
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.place import place_of

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> int:
    """Let CloudFormation look, and tell what differs from the template; exit code 2 where something does."""
    environment = resolve(open_spec(options.spec), options.environment, provisioned=False)
    place = place_of(environment)
    with telling_for(options) as telling:
        telling(f"looking at {place}")
        live = LiveStack(connect_aws(place, telling))
        if live.look().standing in {"absent", "new"}:
            raise AwsError(f"there is no {place} yet; `kkinfra provision {environment.name}` makes it")
        telling("CloudFormation looks for drift, resource by resource")
        changes, unseen = drift.detect(live, options.timeout)
        telling.pause()
    target = Compared(TARGET, f"{place.where}; CloudFormation looked for drift", tuple(unseen))
    found = Difference(environment.name, (target,), tuple(changes))
    emit_or_say(options, as_json(found), *difference_lines(found, sys.stdout, everything=True))
    return found.exit_code
