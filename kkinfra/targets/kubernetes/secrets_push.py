"""The verb `secrets push` on a cluster: the values of secrets are put there, beside what Git or a deploy applies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.secret_delivery import ExternalSecrets, SealedSecrets
from kkinfra.system.deployer import who
from kkinfra.targets.kubernetes.apply.rollout import apply_together
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.client.together import refusal_of
from kkinfra.targets.kubernetes.plan.desired import desired_objects, members
from kkinfra.targets.kubernetes.plan.fingerprint import fingerprint
from kkinfra.targets.kubernetes.plan.live import observe
from kkinfra.targets.kubernetes.plan.planning import ClusterPlan, Terms
from kkinfra.targets.kubernetes.plan.planning import plan as planned
from kkinfra.targets.kubernetes.plan.restarting import WORKLOADS, reads
from kkinfra.targets.kubernetes.plan.secret_values import SECRETS_MANAGER, secret_objects
from kkinfra.targets.kubernetes.plan.text import kept_notes, plan_changes
from kkinfra.targets.kubernetes.plan.unneeded_secrets import prunable_secrets, unneeded_secrets
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.desired import Desired
    from kkinfra.targets.kubernetes.session import ClusterSession

_NAMESPACE, _SECRET = BUILT_IN["", "v1", "Namespace"], BUILT_IN["", "v1", "Secret"]


def plan(session: ClusterSession) -> Plan:
    """What becomes of the environment's Secrets.

    Raises SecretError, before anything is connected to, where some are missing; DeployError where they are another's
    to put there.
    """
    environment = session.environment
    refuse_delivered(environment)
    facts = secret_needs(environment)
    secrets, api = secret_objects(facts, session.read_values(facts)), session.api
    session.telling(f"looking at {environment.namespace} on {api.server}")
    _require_namespace(api, environment)
    desired = desired_objects(environment, session.wanted.tree)
    found = _planned(session, desired, secrets, unneeded_secrets(facts))
    readers = _readers(desired, {each.name for each in found.changed_secrets})
    return Plan(
        str(environment.name), "push", f"{environment.namespace} on {api.server} (context {api.context})",
        changes=tuple(plan_changes(found)), notes=tuple(kept_notes(found)), problem=refusal_of(found.conflicts),
        fingerprint=fingerprint(found, None, ()), is_done=found.is_empty, details={"readers": readers}, made=found,
        question="" if found.is_empty else f"put these into context {api.context}?",
    )  # fmt: skip


def apply(session: ClusterSession, plan: Plan) -> Outcome:
    """Put every secret into its Secret, and delete the Secrets that the environment does not have any more."""
    environment, api, began, told = session.environment, session.api, time.time(), who()
    facts, shown = secret_needs(environment), plan.made
    secrets = secret_objects(facts, session.read_values(facts))
    apply_together(api, secrets, manager=SECRETS_MANAGER, force=session.options.force_conflicts)
    for each in shown.pruned:
        api.delete(_SECRET, environment.namespace, each.reference.name)
    readers = ", ".join(plan.details["readers"])
    restart = f"read at the next start of {readers}: `kubectl rollout restart` starts them anew"
    run = Run("", "push", "pushed", began, time.time() - began, who=told["who"], ci=told.get("ci", ""))
    return Outcome(run, restart if readers else "", details=plan.details)


def refuse_delivered(environment: Environment) -> None:
    """Raise DeployError where an operator in the cluster fills the Secrets: it would undo what is pushed."""
    match environment.secret_delivery:
        case ExternalSecrets() as external:
            raise DeployError(
                f"External Secrets Operator fills the Secrets of {environment.name} from the store "
                f"{external.store.name}, and would undo a push; change the values in the store"
            )
        case SealedSecrets():
            raise DeployError(
                f"Sealed Secrets fills the Secrets of {environment.name} from what is committed, and would undo "
                f"a push; run `kkinfra secrets seal {environment.name}`, commit and deploy"
            )
        case None:
            return


def _require_namespace(api: Api, environment: Environment) -> None:
    if api.get(_NAMESPACE, "", environment.namespace) is None:
        raise DeployError(
            f"namespace {environment.namespace} is not there yet; deploy {environment.name}, or apply "
            f"build/{environment.name}/namespace/namespace.yaml first"
        )


def _planned(
    session: ClusterSession, desired: Desired, secrets: Sequence[JSON], unneeded: Sequence[JSON]
) -> ClusterPlan:  # fmt: skip
    """What becomes of the Secrets alone."""
    api, nothing = session.api, members(desired, ())
    live = observe(api, desired.namespace, (*desired.namespaces, *secrets, *unneeded), desired.identity)
    found = planned(api, nothing, secrets, live, Terms(session.options.force_conflicts))
    pruned, kept = prunable_secrets(api, live, unneeded)
    return ClusterPlan(secrets=found.secrets, conflicts=found.conflicts, pruned=pruned, kept=kept)


def _readers(desired: Desired, changed: set[str]) -> list[str]:
    """The workloads that read what changed: they do so when they start."""
    found = [each for each in desired.objects if each["kind"] in WORKLOADS and changed & reads(each)]
    return [str(reference(each)) for each in found]
