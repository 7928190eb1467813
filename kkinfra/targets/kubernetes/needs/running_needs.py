"""What else a cluster needs: nodes of the right architecture, and what runs there (Traefik, Argo CD and others).

What this user may not see is told as such, and is no problem by itself.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError
from kkinfra.spec.secret_delivery import ExternalSecrets
from kkinfra.targets.kubernetes.client.api import suppress_status
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN, Kind
from kkinfra.targets.kubernetes.client.objects import condition, items, part, reference
from kkinfra.targets.kubernetes.client.sealing import certificate_of
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.health.readiness import readiness
from kkinfra.targets.kubernetes.needs.trial_objects import takes_pods
from kkinfra.targets.kubernetes.platform import argocd_delivery
from kkinfra.targets.protocol.needs import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Kubernetes, Traefik
    from kkinfra.spec.secret_delivery import SecretDelivery
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

_WORKLOADS = tuple(BUILT_IN["apps", "v1", kind] for kind in ("Deployment", "StatefulSet", "DaemonSet"))
_CLASS = Kind("networking.k8s.io", "v1", "IngressClass", "ingressclasses", namespaced=False)
_SERVICE = BUILT_IN["", "v1", "Service"]
_NAME = "app.kubernetes.io/name"
_TRAEFIK, _CONTROLLER = "traefik", "traefik.io/ingress-controller"
_UPDATER = "argocd-image-updater"
_ARGOCD = ("argocd-application-controller", "argocd-repo-server")
_NODE, _ARCHITECTURE = BUILT_IN["", "v1", "Node"], "architecture of the nodes"
_FORBIDDEN = 403
_ENTRY_POINT = re.compile(r"--entry[pP]oints?\.([^.=]+)\.address=", re.IGNORECASE)
_INSTALL = {
    _TRAEFIK: "install Traefik 3 (https://doc.traefik.io/traefik/getting-started/install-traefik/)",
    _UPDATER: "install Image Updater 1.x (https://argocd-image-updater.readthedocs.io/en/stable/)",
    **dict.fromkeys(_ARGOCD, "install Argo CD (https://argo-cd.readthedocs.io/en/stable/getting_started/)"),
}


def running_needs(api: Api, environment: Environment, platform: Kubernetes) -> list[Need]:
    """Everything that an environment's objects are for, by name; raises ClusterError where the cluster stumbles."""
    traefik, delivery = platform.ingress, argocd_delivery(environment)
    asked: list[tuple[str, Callable[[], Need]]] = [
        (f"IngressClass {traefik.ingress_class}", partial(_ingress_class, api, traefik)),
        (_TRAEFIK, partial(_runs, api, str(traefik.namespace), _TRAEFIK, "platform.ingress.namespace")),
        (f"entry point {traefik.entrypoint}", partial(_entry_point, api, traefik)),
        (_ARCHITECTURE, partial(_architecture, api, platform)),
    ]
    if delivery is not None:
        namespace = str(delivery.argocd_namespace)
        asked += [(name, partial(_runs, api, namespace, name, "delivery.argocd_namespace")) for name in _ARGOCD]
        if delivery.image_updater:
            asked.append((_UPDATER, partial(_runs, api, "", _UPDATER, "")))
    if platform.secrets:
        asked.append(_secret_source(api, platform.secrets, environment.namespace))
    return together(lambda pair: _seen(*pair), asked)


def ingress_addresses(api: Api, traefik: Traefik) -> list[str]:
    """Addresses that a load balancer has given to Traefik's Services; none where there are none, or none to be seen."""
    found: list[JSON] = []
    with suppress_status(_FORBIDDEN):
        found = api.list(_SERVICE, str(traefik.namespace), f"{_NAME}={_TRAEFIK}")
    told = [each for service in found for each in items(service, "status", "loadBalancer", "ingress")]
    return sorted({str(each.get("ip") or each.get("hostname")) for each in told})


def _seen(name: str, look: Callable[[], Need]) -> Need:
    try:
        return look()
    except ClusterError as error:
        if error.status != _FORBIDDEN:
            raise
        return Need(name, "not known", unseen=str(error).partition(";")[0])


def _ingress_class(api: Api, traefik: Traefik) -> Need:
    name = f"IngressClass {traefik.ingress_class}"
    found = api.get(_CLASS, "", str(traefik.ingress_class))
    if found is None:
        known = ", ".join(each["metadata"]["name"] for each in api.list(_CLASS)) or "none"
        return Need(name, "not there", f"write platform.ingress.ingress_class; the cluster has: {known}")
    controller = str(part(found, "spec").get("controller", ""))
    if controller != _CONTROLLER:
        return Need(name, f"is of {controller}", "name one of Traefik's in platform.ingress.ingress_class")
    return Need(name, "there")


def _workloads(api: Api, namespace: str, name: str) -> list[JSON]:
    found = together(lambda kind: api.list(kind, namespace, f"{_NAME}={name}"), _WORKLOADS)
    return [each for listed in found for each in listed]


def _runs(api: Api, namespace: str, name: str, field: str) -> Need:
    """Whether all workloads of a name are ready; without a namespace, in whichever they are."""
    found = _workloads(api, namespace, name)
    if not found:
        where = f"; or write the namespace that it runs in: {field}" if field else ""
        return Need(name, f"not there{f' in {namespace}' if namespace else ''}", f"{_INSTALL[name]}{where}")
    unready = [(each, state) for each in found if (state := readiness(each)).state != "ready"]
    if unready:
        each, state = unready[0]
        where = f"kubectl --namespace {each['metadata']['namespace']} describe {reference(each)}"
        return Need(name, f"{reference(each)} {state.why}", f"see why it is not ready: `{where}`")
    return Need(name, "ready")


def _entry_point(api: Api, traefik: Traefik) -> Need:
    """Told by the controller's arguments and, as Traefik's chart names them so, by the ports of its containers."""
    name = f"entry point {traefik.entrypoint}"
    containers = [
        each
        for made in _workloads(api, str(traefik.namespace), _TRAEFIK)
        for each in items(made, "spec", "template", "spec", "containers")
    ]
    known = sorted(set(_entry_points(containers)))
    if not known:
        return Need(name, "not known", unseen="nothing tells which entry points Traefik has; see its configuration")
    if str(traefik.entrypoint) not in known:
        return Need(name, "not there", f"write platform.ingress.entrypoint; Traefik has: {', '.join(known)}")
    return Need(name, "there")


def _entry_points(containers: Iterable[JSON]) -> Iterable[str]:
    for each in containers:
        for argument in (*each.get("args", ()), *each.get("command", ())):
            yield from _ENTRY_POINT.findall(str(argument))
        yield from (str(port["name"]) for port in items(each, "ports") if "name" in port)


def _architecture(api: Api, platform: Kubernetes) -> Need:
    """Whether pods go to nodes for which images are built, and only to such.

    https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#nodesysteminfo-v1-core.
    """
    nodes = (part(node, "status", "nodeInfo") for node in api.list(_NODE) if takes_pods(node))
    found = sorted({str(said["architecture"]) for said in nodes if said.get("architecture")})
    if not found:
        return Need(_ARCHITECTURE, "not known", unseen="no node that takes pods says which it has")
    wanted, told = platform.architectures, ", ".join(found)
    chosen = platform.architecture if len(wanted) == 1 else None
    if chosen and not {*found} & {*wanted}:
        return Need(_ARCHITECTURE, told, f"no pod finds a node that is {chosen}; correct platform.architecture")
    if not chosen and (astray := sorted({*found} - {*wanted})):
        several = f"[{told}], or the one of them that pods are to go to"
        remedy = f"write platform.architecture: {several if len(found) > 1 else told}"
        return Need(_ARCHITECTURE, told, f"no image is built for {', '.join(astray)}, and pods may go there; {remedy}")
    return Need(_ARCHITECTURE, told)


def _secret_source(api: Api, secrets: SecretDelivery, namespace: str) -> tuple[str, Callable[[], Need]]:
    if isinstance(secrets, ExternalSecrets):
        name = f"{secrets.store.store_kind} {secrets.store.name}"
        return name, partial(_store, api, secrets, name, namespace)
    name = f"certificate of {secrets.controller}"

    def look() -> Need:
        try:
            certificate_of(api, secrets)
        except DeployError as error:
            found, _, remedy = str(error).partition("; ")
            install = "install Sealed Secrets (https://github.com/bitnami-labs/sealed-secrets#installation)"
            return Need(name, found, f"{install}, or {remedy}")
        return Need(name, "there")

    return name, look


def _store(api: Api, secrets: ExternalSecrets, name: str, namespace: str) -> Need:
    namespaced = secrets.store.scope == "namespace"
    plural = f"{secrets.store.store_kind.lower()}s"
    kind = Kind("external-secrets.io", "v1", secrets.store.store_kind, plural, namespaced)
    found = api.get(kind, namespace if namespaced else "", str(secrets.store.name))
    if found is None:
        page = f"https://external-secrets.io/latest/api/{secrets.store.store_kind.lower()}/"
        return Need(name, "not there", f"set it up ({page}), or name another in platform.secrets.store")
    ready = condition(found, "Ready")
    if ready.get("status") != "True":
        said = ready.get("message") or ready.get("reason") or "External Secrets Operator has not looked at it"
        return Need(name, f"not ready: {said}", "see its credentials and whether the operator reaches the store")
    return Need(name, "ready")
