"""The verb `bootstrap` on a cluster: what an environment needs of it, and how to get that; it installs nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.secrets.needs import secret_needs
from kkinfra.targets.kubernetes.client.objects import argocd_objects
from kkinfra.targets.kubernetes.needs import needs
from kkinfra.targets.kubernetes.needs.domain_need import address_need
from kkinfra.targets.kubernetes.needs.running_needs import ingress_addresses, running_needs
from kkinfra.targets.kubernetes.needs.trial_objects import Trial
from kkinfra.targets.kubernetes.needs.trying import Trying
from kkinfra.targets.kubernetes.plan.desired import desired_objects
from kkinfra.targets.kubernetes.plan.secret_values import blank_values, secret_objects
from kkinfra.targets.kubernetes.platform import argocd_delivery, platform_of
from kkinfra.targets.protocol.needs import Needs

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.needs import Need


def look(session: ClusterSession) -> Needs:
    """Everything that a deploy needs; nothing is changed."""
    environment, tree, api = session.environment, session.wanted.tree, session.api
    platform, product = platform_of(environment), desired_objects(environment, tree).objects
    argocd = argocd_objects(tree) if argocd_delivery(environment) else []
    once = f"apply it once: `kubectl apply --server-side -k build/{environment.name}/argocd`"
    served = needs.served_kinds(api, [*product, *argocd])
    return _needs(
        session,
        needs.version_need(api, str(platform.version)),
        *needs.kind_needs(served, [*product, *argocd]),
        *running_needs(api, environment, platform),
        *needs.right_needs(api, environment.namespace, served, product),
        *needs.object_needs(api, served, argocd, once),
        *_secrets(api, environment),
        address_need(str(environment.domain), ingress_addresses(api, platform.ingress)),
        by_hand=tuple(needs.by_hand([*product, *argocd])),
    )


def question(session: ClusterSession) -> str:
    """What trying out makes for a moment."""
    nodes = len(_trying(session).nodes())
    return (
        f"start a pod on each of {nodes} nodes, in {session.environment.namespace} of context {session.api.context}, "
        "with a volume that is mounted read-only, and remove all of it?"
    )


def try_out(session: ClusterSession) -> Needs:
    """What takes a pod on each node to know."""
    trying = _trying(session)
    return _needs(session, *trying.needs(trying.nodes()))


def _trying(session: ClusterSession) -> Trying:
    environment = session.environment
    trial = Trial(environment, platform_of(environment).storage)
    return Trying(session.api, trial, session.options.tried_within, session.telling)


def _needs(session: ClusterSession, *found: Need, by_hand: tuple[str, ...] = ()) -> Needs:
    environment, api = session.environment, session.api
    where = f"{environment.namespace} on {api.server} (context {api.context})"
    return Needs(str(environment.name), where, found, by_hand)


def _secrets(api: Api, environment: Environment) -> list[Need]:
    """What has to be in the Secrets, unless an operator puts it there."""
    facts = secret_needs(environment)
    if facts.is_delivered:
        return []
    return needs.secret_needs(api, environment.name, secret_objects(facts, blank_values(facts)))
