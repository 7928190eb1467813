"""The verb `bootstrap` on a cluster: what an environment needs of it, and how to get that; it installs nothing."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, paint
from kkinfra.console.telling import telling_for
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.platforms import GitOps, Kubernetes
from kkinfra.system.exit_codes import DONE, FAILED
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.objects import argocd_objects
from kkinfra.targets.kubernetes.needs import needs
from kkinfra.targets.kubernetes.needs.domain_need import address_need
from kkinfra.targets.kubernetes.needs.running_needs import ingress_addresses, running_needs
from kkinfra.targets.kubernetes.needs.trial_objects import Trial
from kkinfra.targets.kubernetes.needs.trying import Trying
from kkinfra.targets.kubernetes.plan.desired import desired_objects
from kkinfra.targets.kubernetes.plan.secret_values import blank_values, secret_objects

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.needs.needs import Need


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Look for everything that a deploy needs; returns 1 where something is missing."""
    tree = render(environment)
    product = desired_objects(environment, tree).objects
    argocd = argocd_objects(tree) if isinstance(environment.delivery, GitOps) else []
    with connect_cluster(options.context) as api:
        found = _needs(api, environment, product, argocd)
        if options.try_out:
            found += _tried(options, environment, api)
        where = f"{api.server} (context {api.context})"
    hand = needs.by_hand([*product, *argocd])
    emit_or_say(
        options,
        {"needs": [asdict(each) for each in found], "by_hand": hand},
        f"{environment.name}: {environment.namespace} on {where}",
        *map(_line, found),
        *(f"  see to it: {line}" for line in hand),
    )
    return FAILED if any(each.problem for each in found) else DONE


def _needs(api: Api, environment: Environment, product: tuple[JSON, ...], argocd: list[JSON]) -> list[Need]:
    platform = environment.platform
    if not isinstance(platform, Kubernetes):
        return []
    once = f"apply it once: `kubectl apply --server-side -k build/{environment.name}/argocd`"
    served = needs.served_kinds(api, [*product, *argocd])
    return [
        needs.version_need(api, str(platform.version)),
        *needs.kind_needs(served, [*product, *argocd]),
        *running_needs(api, environment, platform),
        *needs.right_needs(api, environment.namespace, served, product),
        *needs.object_needs(api, served, argocd, once),
        *_secrets(api, environment),
        address_need(str(environment.domain), ingress_addresses(api, platform.ingress)),
    ]


def _tried(options: argparse.Namespace, environment: Environment, api: Api) -> list[Need]:
    """What takes a pod on each node to know; asked for, since it makes something for a moment."""
    if not isinstance(environment.platform, Kubernetes):
        return []
    with telling_for(options) as telling:
        trying = Trying(api, Trial(environment, environment.platform.storage), options.timeout, telling)
        nodes = trying.nodes()
        telling.pause()
        require_agreement(
            options,
            f"start a pod on each of {len(nodes)} nodes, in {environment.namespace} of context {api.context}, "
            "with a volume that is mounted read-only, and remove all of it?",
        )
        return trying.needs(nodes)


def _secrets(api: Api, environment: Environment) -> list[Need]:
    """What has to be in the Secrets, unless an operator puts it there."""
    facts = secret_needs(environment)
    if facts.is_delivered:
        return []
    return needs.secret_needs(api, environment.name, secret_objects(facts, blank_values(facts)))


def _line(need: Need) -> str:
    if need.unseen:
        return f"  {paint('unknown', 'yellow', sys.stdout)} {need.name}: {need.unseen}"
    if need.problem:
        return f"  {paint('missing', 'red', sys.stdout)} {need.name}: {need.found}; {need.problem}"
    return f"  {paint('there', 'green', sys.stdout)} {need.name}: {need.found}"
