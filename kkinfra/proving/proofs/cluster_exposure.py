"""Who reaches what in a cluster: ports of pods, behind network policies, and what routes and services lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.documents import objects
from kkinfra.proving.proofs.network_policies import Peer, Policies, selects
from kkinfra.proving.proofs.reach import CLUSTER, ENVIRONMENT, INGRESS, LOOPBACK, Reach

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kkinfra.proving.proofs.documents import Object
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment

_NAME = "app.kubernetes.io/name"
_MIDDLEWARES = "traefik.ingress.kubernetes.io/router.middlewares"
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
_JOBS = frozenset({"Job"})
_EVERYBODY = ("0.0.0.0/0",)
_STRANGER = "any-other"
"""A namespace that no policy means."""


@dataclass(frozen=True, slots=True)
class PodPort:
    """A port of the pods of a workload; `is_on_node` says that it is one of the node's, too."""

    part: str
    number: int
    name: str
    labels: Mapping[str, str]
    is_on_node: bool

    def is_asked_by(self, service: Object) -> bool:
        """Whether a service leads here."""
        spec = service["spec"]
        selected = bool(spec.get("selector")) and selects({"matchLabels": spec["selector"]}, self.labels)
        targets = [each.get("targetPort", each["port"]) for each in spec.get("ports", ())]
        return selected and any(target in (self.number, self.name) for target in targets)


def cluster_exposure(environment: Environment, tree: ArtifactTree) -> list[Reach]:
    """A row for each port of each workload."""
    found = list(objects(tree))
    policies = Policies(environment.namespace, [each for each in found if each["kind"] == "NetworkPolicy"])
    peers = dict(_labels(each["spec"]["template"]) for each in found if each["kind"] in _WORKLOADS | _JOBS)
    return [_reach(environment, found, policies, peers, port) for each in found for port in ports_of(each)]


def _reach(
    environment: Environment,
    found: Sequence[Object],
    policies: Policies,
    peers: Mapping[str, Mapping[str, str]],
    port: PodPort,
) -> Reach:
    row = Reach(port.part, f"{port.part}:{port.number}", ("stack", port.part))
    row.add(LOOPBACK, "within the pod")
    for name, labels in sorted(peers.items()):
        if name != port.part and policies.admit(
            Peer(environment.namespace, labels), port.labels, port.number, port.name
        ):
            row.add(ENVIRONMENT, name)
    if policies.admit(Peer(_STRANGER), port.labels, port.number, port.name):
        row.add(CLUSTER, "no network policy")
    cluster = environment.platform.cluster
    ingress = cluster.ingress.namespace if cluster else ""
    if policies.admit(Peer(ingress), port.labels, port.number, port.name):
        row.add(INGRESS, "network policy")
        for path, networks in _routes(found, port):
            row.from_networks(networks, f"ingress {path}", environment.access.vpn)
    for way in _directly(found, port):
        row.from_networks(policies.admit_addresses(port.labels, port.number, port.name), way, environment.access.vpn)
    return row


def _labels(template: Object) -> tuple[str, Mapping[str, str]]:
    labels: Mapping[str, str] = template["metadata"].get("labels", {})
    return labels.get(_NAME, ""), labels


def ports_of(workload: Object) -> Iterator[PodPort]:
    """The ports of the containers of a workload; an object of another kind has none."""
    if workload["kind"] not in _WORKLOADS:
        return
    template = workload["spec"]["template"]
    part, labels = _labels(template)
    spec = template["spec"]
    for container in spec["containers"]:
        for each in container.get("ports", ()):
            is_on_node = spec.get("hostNetwork") is True or "hostPort" in each
            yield PodPort(part, int(each["containerPort"]), each.get("name", ""), labels, is_on_node)


def _directly(found: Sequence[Object], port: PodPort) -> Iterator[str]:
    """Ways from outside that no ingress stands in."""
    if port.is_on_node:
        yield "the node's own port"
    for each in found:
        if (
            each["kind"] == "Service"
            and each["spec"].get("type") in ("NodePort", "LoadBalancer")
            and port.is_asked_by(each)
        ):
            yield f"{each['spec']['type']} {each['metadata']['name']}"


def _routes(found: Sequence[Object], port: PodPort) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Paths of Ingress objects that lead to a port, and the networks that their middlewares let in."""
    services = {each["metadata"]["name"] for each in found if each["kind"] == "Service" and port.is_asked_by(each)}
    for each in found:
        if each["kind"] == "Ingress":
            for rule in each["spec"].get("rules", ()):
                for path in rule.get("http", {}).get("paths", ()):
                    if path["backend"]["service"]["name"] in services:
                        yield path["path"], _let_in(found, each)


def _let_in(found: Sequence[Object], ingress: Object) -> tuple[str, ...]:
    """Traefik's allow-list, where the router has one (https://doc.traefik.io/traefik/middlewares/http/ipallowlist/)."""
    named = ingress["metadata"].get("annotations", {}).get(_MIDDLEWARES, "")
    chain = {reference.strip().partition("@")[0] for reference in named.split(",")}
    lists = [
        tuple(each["spec"]["ipAllowList"]["sourceRange"])
        for each in found
        if each["kind"] == "Middleware"
        and "ipAllowList" in each["spec"]
        and f"{each['metadata'].get('namespace', '')}-{each['metadata']['name']}" in chain
    ]
    return lists[0] if lists else _EVERYBODY
