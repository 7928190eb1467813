"""The verb `deploy` on a cluster: plan, show, ask, apply, wait."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.telling import telling_for
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.sources import read_needed
from kkinfra.system.project import project_directory
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.objects import images_of, reference
from kkinfra.targets.kubernetes.client.together import raise_together
from kkinfra.targets.kubernetes.plan.history import KeptRelease
from kkinfra.targets.kubernetes.plan.looking import Looking, Wishes
from kkinfra.targets.kubernetes.plan.pruning import refuse_unknown
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets, secret_objects
from kkinfra.targets.kubernetes.plan.text import plan_lines
from kkinfra.targets.kubernetes.plan.unneeded_secrets import unneeded_secrets

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.telling import Telling
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan
    from kkinfra.targets.kubernetes.plan.prepared import Prepared
    from kkinfra.values.secret import SecretText


def run(options: argparse.Namespace, prepared: Prepared) -> int:
    """Deploy an environment by server-side apply; returns the exit code."""
    secrets = prepared.secrets
    values = {} if secrets.is_delivered else read_needed(secrets, project_directory(options.spec))
    with connect_cluster(options.context) as api, telling_for(options, Mask(values.values())) as telling:
        return _deploy(options, prepared, values, api, telling)


def _deploy(
    options: argparse.Namespace, prepared: Prepared, values: dict[str, SecretText], api: Api, telling: Telling
) -> int:
    telling(f"looking at {prepared.desired.namespace} on {api.server}")
    telling.mask = Mask([*values.values(), *live_secrets(api, prepared.secrets)])
    began, looking = time.monotonic(), _looking(options, prepared, values, api)
    plan = looking.plan()
    refuse_unknown(options.prune, (*plan.pruned, *plan.kept))
    telling.pause()
    say(options, f"{prepared.name}: {prepared.desired.namespace} on {api.server} (context {api.context})")
    say(options, *plan_lines(plan, sys.stdout, everything=options.verbose))
    raise_together(plan.conflicts)
    _refuse_foreign(prepared, values, plan, telling)
    if options.dry_run or plan.is_done:
        emit_or_say(options, {**plan.as_json(), "deployed": None}, f"  looked for {time.monotonic() - began:.1f} s")
        return 0
    if not plan.is_empty:
        require_agreement(options, f"deploy {prepared.name} to context {api.context}?")
    done = _apply(options, prepared, looking, plan, telling)
    telling.pause()
    emit_or_say(options, done.facts(), f"deployed release {done.number} in {done.seconds:.1f} s")
    return 0


def _refuse_foreign(prepared: Prepared, values: dict[str, SecretText], plan: ClusterPlan, telling: Telling) -> None:
    """Images of what would change; all others run already."""
    changed = plan.changed
    found = images_of(each for each in prepared.desired.objects if reference(each) in changed)
    if found:
        from kkinfra.images.platforms import refuse_foreign

        telling(f"asking for {len(found)} images")
        logins = [each.bytes() for each in values.values()]
        refuse_foreign(prepared.name, found, prepared.architectures, logins)
        telling.pause()


def _looking(
    options: argparse.Namespace, prepared: Prepared, values: dict[str, SecretText], api: Api
) -> Looking:  # fmt: skip
    wishes = Wishes(options.timeout, options.lock_wait, options.force_conflicts, frozenset(options.prune))
    secrets, unneeded = secret_objects(prepared.secrets, values), unneeded_secrets(prepared.secrets)
    return Looking(api, prepared.desired, secrets, wishes, unneeded)


def _apply(
    options: argparse.Namespace, prepared: Prepared, looking: Looking, plan: ClusterPlan, telling: Telling
) -> KeptRelease:
    from kkinfra.system.deployer import from_revision, new_run, who
    from kkinfra.targets.kubernetes.apply.deployment import Deployment
    from kkinfra.targets.kubernetes.apply.lock import Holder

    told = who()
    by, run = told["who"], told.get("ci", "")
    about = KeptRelease(0, (), prepared.image, from_revision(options.spec), by, run, time.time())
    deployment = Deployment(
        looking.api, looking.desired, looking.secrets, looking.wishes, looking.unneeded, telling, telling.mask
    )
    return deployment.apply(plan, about, Holder(new_run(), by, f"deploy of {prepared.name}", run))
