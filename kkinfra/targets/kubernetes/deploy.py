"""The verb `deploy` on a cluster: what would change, and doing it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.errors import KkinfraError
from kkinfra.targets.kubernetes.client.objects import images_of, reference
from kkinfra.targets.kubernetes.client.together import refusal_of
from kkinfra.targets.kubernetes.plan.looking import Looking, Wishes
from kkinfra.targets.kubernetes.plan.pruning import refuse_unknown
from kkinfra.targets.kubernetes.plan.secret_values import secret_objects
from kkinfra.targets.kubernetes.plan.text import kept_notes, plan_changes
from kkinfra.targets.kubernetes.plan.unneeded_secrets import unneeded_secrets
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.values.secret import SecretText


def plan(session: ClusterSession) -> Plan:
    """What a deploy would do; raises SecretError, before anything is connected to, where secrets are missing."""
    prepared, values = session.prepared, _values(session)
    api, name = session.api, prepared.name
    session.telling(f"looking at {prepared.desired.namespace} on {api.server}")
    session.mask(prepared.secrets, values)
    looking = _looking(session, values)
    found = looking.plan()
    refuse_unknown(session.options.prune, (*found.pruned, *found.kept))
    return Plan(
        name, "deploy", f"{prepared.desired.namespace} on {api.server} (context {api.context})", prepared.image,
        before=str(found.serving or ""), changes=tuple(plan_changes(found)), notes=tuple(kept_notes(found)),
        tree=prepared.tree, problem=refusal_of(found.conflicts) or _foreign(session, values, found),
        fingerprint=found.fingerprint, is_done=found.is_done, made=found,
        question="" if found.is_empty else f"deploy {name} to context {api.context}?",
    )  # fmt: skip


def _values(session: ClusterSession) -> dict[str, SecretText]:
    """The secrets; none where an operator in the cluster fills the Secrets."""
    needs = session.prepared.secrets
    return {} if needs.is_delivered else session.read_values(needs)


def _looking(session: ClusterSession, values: dict[str, SecretText]) -> Looking:
    options, needs = session.options, session.prepared.secrets
    wishes = Wishes(options.healthy_within, options.lock_wait, options.force_conflicts, frozenset(options.prune))
    return Looking(
        session.api, session.prepared.desired, secret_objects(needs, values), wishes, unneeded_secrets(needs)
    )  # fmt: skip


def _foreign(session: ClusterSession, values: dict[str, SecretText], found: ClusterPlan) -> KkinfraError | None:
    """What is wrong with images of what would change; all others run already."""
    prepared, changed = session.prepared, found.changed
    images = images_of(each for each in prepared.desired.objects if reference(each) in changed)
    if images:
        from kkinfra.images.platforms import refuse_foreign

        session.telling(f"asking for {len(images)} images")
        logins = [each.bytes() for each in values.values()]
        try:
            refuse_foreign(prepared.name, images, prepared.architectures, logins)
        except KkinfraError as error:
            return error
    return None


def apply(session: ClusterSession, plan: Plan) -> Outcome:
    """Do what was planned, as far as the cluster has not changed since."""
    from kkinfra.system.deployer import from_revision, new_run, who
    from kkinfra.targets.kubernetes.apply.deployment import Deployment
    from kkinfra.targets.kubernetes.plan.history import KeptRelease
    from kkinfra.targets.protocol.lock import LockHolder
    from kkinfra.targets.protocol.outcome import Outcome

    prepared, values, told = session.prepared, _values(session), who()
    by, ci = told["who"], told.get("ci", "")
    deployment = Deployment.of(_looking(session, values), session.telling, session.mask(prepared.secrets, values))
    about = KeptRelease(
        0, (), prepared.image, from_revision(session.wanted.spec_file), by, ci, time.time()
    )  # fmt: skip
    holder = LockHolder(by, f"deploy of {prepared.name}", about.at, ci=ci, run=new_run())
    done = deployment.apply(plan.made, about, holder)
    return Outcome(done.as_run(serves=True))
