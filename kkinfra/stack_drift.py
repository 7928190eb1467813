"""The verb `provision ENV --drift`: what somebody changed by hand in the stack of an environment."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.difference.as_json import as_json
from kkinfra.difference.report import Difference, Target
from kkinfra.difference.terminal import difference_lines
from kkinfra.errors import AwsError
from kkinfra.output import emit, say
from kkinfra.pipeline import open_spec, resolve
from kkinfra.progress import progress_for
from kkinfra.targets.cloudformation import drift
from kkinfra.targets.cloudformation.api import connect
from kkinfra.targets.cloudformation.live_stack import LiveStack
from kkinfra.targets.cloudformation.place import place_of
from kkinfra.targets.cloudformation.telling import TARGET
from kkinfra.targets.kubernetes.telling import Telling

if TYPE_CHECKING:
    import argparse


def tell_drift(options: argparse.Namespace) -> int:
    """Let CloudFormation look, and tell what differs from the template; exit code 2 where something does."""
    environment = resolve(open_spec(options.spec), options.environment, provisioned=False)
    place = place_of(environment)
    with progress_for(options) as progress, Telling(progress) as telling:
        telling(f"looking at {place}")
        live = LiveStack(connect(place, telling))
        if live.look().standing in {"absent", "new"}:
            raise AwsError(f"there is no {place} yet; `kkinfra provision {environment.name}` makes it")
        telling("CloudFormation looks for drift, resource by resource")
        changes, unseen = drift.detect(live, options.timeout)
        telling.pause()
    target = Target(TARGET, f"{place.where}; CloudFormation looked for drift", tuple(unseen))
    found = Difference(environment.name, (target,), tuple(changes))
    if options.format == "json":
        emit(as_json(found))
    else:
        for line in difference_lines(found, sys.stdout, everything=True):
            say(options, line)
    return found.exit_code
