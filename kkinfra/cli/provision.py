"""The verb `provision`: what an environment runs on is made, by one of the installed provisioners."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import environment_of
from kkinfra.cli.target_flags import given
from kkinfra.console.changes import difference_lines
from kkinfra.console.output import emit, emit_or_say, print_warning, warn
from kkinfra.console.telling import telling_for
from kkinfra.difference.as_json import as_json
from kkinfra.errors import DeployError
from kkinfra.system.exit_codes import DONE
from kkinfra.targets.protocol.installed import provisioner_options
from kkinfra.targets.protocol.options import flags_of, written
from kkinfra.targets.protocol.provisioner import FindsDrift, KnowsRights

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.cli.call import Call
    from kkinfra.console.telling import Telling
    from kkinfra.targets.protocol.options import Options
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.provisioner import Provisioning

_CHOSEN = ("host", "database")
"""The provisioners that have a flag of their own."""


def run(options: Call) -> int:
    """Make, or look at, what was asked for; returns the exit code, which is 2 where something drifted."""
    environment = environment_of(options)
    by = environment.provisioner(next((each for each in _CHOSEN if getattr(options, each)), options.by))
    flags = given(options, by)
    question = "drift" if options.drift else "policy" if options.policy else ""
    _refuse_idle(options, by, flags, question)
    with telling_for(options) as telling:
        warnings = () if question else environment.warnings(provisioned=False)
        with environment.provisioning(telling, by, flags) as session:
            if not question:
                return carry_out(options, session, telling, partial(_planned, options, session, warnings))
            if question == "drift" and isinstance(session, FindsDrift):
                return _drift(options, session, telling)
            if question == "policy" and isinstance(session, KnowsRights):
                return _policy(session)
    raise DeployError(f"--{question} does nothing with {_choice(by)}; leave it out")


def _planned(options: Call, session: Provisioning, warnings: tuple[str, ...]) -> Plan:
    """The plan with the warnings of the proofs, which are told before it is made; its own are told after that."""
    for warning in warnings:
        warn(options, warning)
    plan = session.plan()
    for warning in plan.warnings:
        print_warning(warning)
    return replace(plan, warnings=(*warnings, *plan.warnings))


def _drift(options: Call, session: FindsDrift, telling: Telling) -> int:
    found = session.drift()
    telling.pause()
    emit_or_say(options, as_json(found), *difference_lines(found, sys.stdout, everything=True))
    return found.exit_code


def _policy(session: KnowsRights) -> int:
    found = session.policy()
    emit(found.document)
    for warning in found.warnings:
        print_warning(warning)
    return DONE


def _refuse_idle(options: Call, by: str, flags: Iterable[str], question: str) -> None:
    """Raise DeployError for a flag that would do nothing."""
    names = [*flags, *(name for name in ("dry_run", "yes") if getattr(options, name))]
    is_chosen = options.by or any(getattr(options, each) for each in _CHOSEN)
    for name in names:
        useful = [each for each, kind in provisioner_options().items() if name in _useful(kind, question)]
        if by not in useful:
            others = " or ".join(map(_choice, useful))
            said = f"with --{question}" if question else f"with {_choice(by)}" if is_chosen else f"without {others}"
            raise DeployError(f"{written(name)} does nothing {said}; leave it out")


def _useful(kind: type[Options], question: str) -> set[str]:
    """The flags that do something."""
    own = {flag.name for flag in flags_of(kind, f"provision --{question}" if question else "provision")}
    return own if question else {*own, "dry_run", "yes"}


def _choice(by: str) -> str:
    return f"--{by}" if by in _CHOSEN else f"--by {by}"
