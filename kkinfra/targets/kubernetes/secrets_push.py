"""The verb `secrets push` on a cluster: the values of secrets are put there, beside what Git or a deploy applies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.telling import telling_for
from kkinfra.errors import DeployError
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.secrets.sources import read_secrets
from kkinfra.spec.secret_delivery import ExternalSecrets, SealedSecrets
from kkinfra.system.project import project_directory
from kkinfra.targets.kubernetes.apply.rollout import apply_together
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.client.together import raise_together
from kkinfra.targets.kubernetes.plan.desired import desired_objects, members
from kkinfra.targets.kubernetes.plan.live import observe
from kkinfra.targets.kubernetes.plan.planning import ClusterPlan, Terms, plan
from kkinfra.targets.kubernetes.plan.restarting import WORKLOADS, reads
from kkinfra.targets.kubernetes.plan.secret_values import SECRETS_MANAGER, secret_objects
from kkinfra.targets.kubernetes.plan.text import plan_lines
from kkinfra.targets.kubernetes.plan.unneeded_secrets import prunable_secrets, unneeded_secrets

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.desired import Desired
    from kkinfra.values.secret import SecretText

_NAMESPACE, _SECRET = BUILT_IN["", "v1", "Namespace"], BUILT_IN["", "v1", "Secret"]


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Put every secret of an environment into its Secrets; returns the exit code.

    Raises SecretError, before anything is connected to, where some are missing; DeployError where they are another's
    to put there.
    """
    refuse_delivered(environment)
    values = read_secrets(environment, project_directory(options.spec))
    with connect_cluster(options.context) as api, telling_for(options, Mask(values.values())) as telling:
        return _push(options, environment, values, api, telling)


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


def _push(
    options: argparse.Namespace, environment: Environment, values: dict[str, SecretText], api: Api, telling: Telling
) -> int:
    telling(f"looking at {environment.namespace} on {api.server}")
    _require_namespace(api, environment)
    desired, facts = desired_objects(environment, render(environment)), secret_needs(environment)
    secrets = secret_objects(facts, values)
    shown = _plan(options, api, desired, secrets, unneeded_secrets(facts))
    telling.pause()
    say(options, f"{environment.name}: {environment.namespace} on {api.server} (context {api.context})")
    say(options, *plan_lines(shown, sys.stdout, everything=True))
    raise_together(shown.conflicts)
    changed = {each.reference for each in shown.secrets if each.action != "same"}
    if not shown.is_empty and not options.dry_run:
        require_agreement(options, f"put these into context {api.context}?")
        apply_together(api, secrets, manager=SECRETS_MANAGER, force=options.force_conflicts)
        for each in shown.pruned:
            api.delete(_SECRET, environment.namespace, each.reference.name)
    _tell(options, shown, _readers(desired, {name.name for name in changed}))
    return 0


def _require_namespace(api: Api, environment: Environment) -> None:
    if api.get(_NAMESPACE, "", environment.namespace) is None:
        raise DeployError(
            f"namespace {environment.namespace} is not there yet; deploy {environment.name}, or apply "
            f"build/{environment.name}/namespace/namespace.yaml first"
        )


def _plan(
    options: argparse.Namespace, api: Api, desired: Desired, secrets: Sequence[JSON], unneeded: Sequence[JSON]
) -> ClusterPlan:  # fmt: skip
    """What becomes of the Secrets alone."""
    nothing = members(desired, ())
    live = observe(api, desired.namespace, (*desired.namespaces, *secrets, *unneeded), desired.identity)
    found = plan(api, nothing, secrets, live, Terms(options.force_conflicts))
    pruned, kept = prunable_secrets(api, live, unneeded)
    return ClusterPlan(secrets=found.secrets, conflicts=found.conflicts, pruned=pruned, kept=kept)


def _readers(desired: Desired, changed: set[str]) -> list[str]:
    """The workloads that read what changed: they do so when they start."""
    found = [each for each in desired.objects if each["kind"] in WORKLOADS and changed & reads(each)]
    return [str(reference(each)) for each in found]


def _tell(options: argparse.Namespace, shown: ClusterPlan, readers: list[str]) -> None:
    is_pushed = not (options.dry_run or shown.is_empty)
    told = "pushed" if is_pushed else "  nothing was changed"
    if is_pushed and readers:
        told += f"; read at the next start of {', '.join(readers)}: `kubectl rollout restart` starts them anew"
    emit_or_say(options, {**shown.as_json(), "pushed": is_pushed, "readers": readers}, told)
