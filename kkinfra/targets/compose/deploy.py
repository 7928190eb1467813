"""The verb `deploy` on a host: plan from one look; then send the release, follow the run, look from outside."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import Change, FieldChange
from kkinfra.errors import HostError
from kkinfra.system.deployer import from_revision, new_run, who
from kkinfra.targets.compose.client import outside
from kkinfra.targets.compose.client.following import Asked, HeardRun, follow
from kkinfra.targets.compose.history import run_of
from kkinfra.targets.compose.plan.difference import ACTIONS
from kkinfra.targets.compose.plan.drift import HOST
from kkinfra.targets.compose.plan.preparing import login, prepare, sent_files
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from kkinfra.targets.compose.plan.plan import PlannedChange
    from kkinfra.targets.compose.plan.preparing import PreparedRelease
    from kkinfra.targets.compose.session import HostSession

_LOCK_POLL_SECONDS = 2


def plan(session: HostSession) -> Plan:
    """What a deploy would do, in one round trip once nobody holds the lock who is waited for."""
    values = session.values
    _await_lock(session)
    session.telling(f"looking at the host of {session.environment.domain}")
    prepared = prepare(session.environment, values, session.host, insist=session.options.retry_certificate)
    return replace(plan_of(prepared), said=session.host.took, details={"round_trips": session.host.trips})


def plan_of(prepared: PreparedRelease) -> Plan:
    """What was found out, in the form of every plan. Pure."""
    made, environment = prepared.plan, prepared.environment
    before = made.before.id if made.before else ""
    return Plan(
        str(environment.name), "deploy",
        f"{made.release.domain}, {made.release.namespace}; {before or 'nothing'} serves",
        str(environment.image), before=before, changes=tuple(map(_change, made.changes)), notes=made.notes,
        checks=prepared.checks, problem=prepared.problem(), tree=made.release.tree, fingerprint=made.fingerprint,
        question=f"deploy {environment.name}?", is_done=made.is_empty, made=prepared,
    )  # fmt: skip


def _await_lock(session: HostSession) -> None:
    """Wait for who holds the lock before the plan is made: it would not hold afterwards."""
    seconds = session.options.lock_wait
    until = time.monotonic() + seconds
    while seconds and (status := session.host.call("lock", {}))["held"]:
        holder = status["holder"]
        if time.monotonic() > until:
            raise HostError(f"{holder.get('who')} still holds the lock after {seconds} s", "locked")
        session.telling(f"waiting for {holder.get('who')}, who is at {holder.get('phase', 'it')}")
        time.sleep(_LOCK_POLL_SECONDS)


def _change(planned: PlannedChange) -> Change:
    behind = (FieldChange("", lines=planned.details),) if planned.details else ()
    return Change(HOST, planned.part, ACTIONS[planned.mark], behind, planned.what, interrupts=planned.mark == "!")


def apply(session: HostSession, plan: Plan) -> Outcome:
    """Send the release, follow the run, and compare what is seen from outside before and after."""
    prepared: PreparedRelease = plan.made
    environment, telling = prepared.environment, session.telling
    before = outside.look(environment, encrypted=prepared.stage == "tls") if prepared.plan.before else None
    heard = HeardRun(telling, telling.note)
    end = follow(session.host, _asked(session, prepared), heard)
    seen = outside.look(environment, encrypted=end["stage"] == "tls")
    if before is not None and before.good and seen is not None and not seen.good:
        _take_back(session, seen, heard)
    told = (f"  from outside: {seen.url}: {seen.said}",) if seen else ()
    details = {**heard.facts(session.host, end), "stage": end["stage"], "outside": seen.said if seen else None}
    return Outcome(run_of({**end, "current": True}), session.host.took, told, tuple(heard.warnings), details)


def _asked(session: HostSession, prepared: PreparedRelease) -> Asked:
    """The run that brings the release up; both have one name, which no other deploy of that second has."""
    options, values, run = session.options, session.values, new_run()
    release = prepared.release.named(run, from_revision(session.wanted.spec_file), run.partition("-")[0])
    request = {
        **who(), "what": "deploy", "timeout": options.timeout, "wait": options.lock_wait,
        "allowed": options.allow_unsafe_migrations, "staging": options.staging_first,
        "insist": options.retry_certificate, "image": release.manifest.image,
        "revision": release.manifest.revision, "expected": prepared.plan.fingerprint,
    }  # fmt: skip
    files = {**sent_files(release, values), **login(prepared.environment, values)}
    return Asked("deploy", {"manifest": release.manifest.as_json(), "request": request}, files, run)


def _take_back(session: HostSession, seen: outside.Seen, heard: HeardRun) -> None:
    """What was seen from outside before, and is not any more, is taken back."""
    heard.begin("going back, since it is not seen from outside any more")
    request: dict[str, Any] = {**who(), "what": "rollback", "timeout": session.options.timeout}
    taking_back = HeardRun(heard.begin, heard.note)  # another run, whose lines are counted from its first
    follow(session.host, Asked("rollback", {"release": None, "request": request}), taking_back)
    what = f"{seen.url} answered before, and from outside it does not now ({seen.said})"
    raise HostError(f"{what}; the release of before serves")
