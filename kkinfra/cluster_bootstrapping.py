"""The verb `bootstrap`: what an environment needs of its cluster, and how to get what is missing; installs nothing."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from kkinfra.output import emit, paint, say
from kkinfra.pipeline import render
from kkinfra.platforms import GitOps, Kubernetes
from kkinfra.secret import SecretText
from kkinfra.secret_sources import needed_secrets
from kkinfra.targets.kubernetes import needs
from kkinfra.targets.kubernetes.api import connect
from kkinfra.targets.kubernetes.desired import desired_objects
from kkinfra.targets.kubernetes.needs import Need
from kkinfra.targets.kubernetes.objects import argocd_objects
from kkinfra.targets.kubernetes.secret_values import secret_objects

if TYPE_CHECKING:
    import argparse

    from kkinfra.environment import Environment
    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.objects import JSON

_RESOLVE_SECONDS = 10
_MISSING = 1


def tell_needs(options: argparse.Namespace, environment: Environment) -> int:
    """Look for everything that a deploy needs; returns 1 where something is missing."""
    tree = render(environment)
    product = desired_objects(environment, tree).objects
    argocd = argocd_objects(tree) if isinstance(environment.delivery, GitOps) else []
    with connect(options.context or "") as api:
        found = [*_needs(api, environment, product, argocd), _address(str(environment.domain))]
        where = f"{api.server} (context {api.context})"
    hand = needs.by_hand([*product, *argocd])
    if options.format == "json":
        emit(
            {
                "needs": [{"name": each.name, "found": each.found, "problem": each.problem} for each in found],
                "by_hand": hand,
            }
        )
    else:
        say(options, f"{environment.name}: {environment.namespace} on {where}")
        for each in found:
            _say(options, each)
        for line in hand:
            say(options, f"  see to it: {line}")
    return _MISSING if any(each.problem for each in found) else 0


def _needs(api: Api, environment: Environment, product: tuple[JSON, ...], argocd: list[JSON]) -> list[Need]:
    platform = environment.platform
    wanted = str(platform.version) if isinstance(platform, Kubernetes) else ""
    values = {name: SecretText("-") for name in needed_secrets(environment)}
    once = f"apply it once: `kubectl apply --server-side -k build/{environment.name}/argocd`"
    return [
        needs.version_need(api, wanted),
        *needs.kind_needs(api, [*product, *argocd]),
        *needs.right_needs(api, environment.namespace, product),
        *needs.object_needs(api, argocd, once),
        *needs.secret_needs(api, environment.name, secret_objects(environment, values)),
    ]


def _address(domain: str) -> Need:
    """Whether the domain has an address, as this machine sees it."""
    pool = ThreadPoolExecutor(1)
    try:
        asked = pool.submit(socket.getaddrinfo, domain, None, type=socket.SOCK_STREAM)
        addresses = sorted({str(each[4][0]) for each in asked.result(_RESOLVE_SECONDS)})
    except (OSError, TimeoutError) as error:
        return Need(
            f"address of {domain}", str(error) or "no answer", "write a DNS record that leads to the ingress controller"
        )
    finally:
        pool.shutdown(wait=False)
    return Need(f"address of {domain}", ", ".join(addresses))


def _say(options: argparse.Namespace, need: Need) -> None:
    if need.problem:
        say(options, f"  {paint('missing', 'red', sys.stdout)} {need.name}: {need.found}; {need.problem}")
    else:
        say(options, f"  {paint('there', 'green', sys.stdout)} {need.name}: {need.found}")
