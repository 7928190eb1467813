"""Network policies: nothing in or out, but for what the stack and its users need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Container, Flower, Nginx, PostgresqlRds, PostgresqlStatefulSet, Redis, Webapp
from kkinfra_kubernetes.cluster import COMPONENT, INSTANCE, is_client, manifest
from kkinfra_kubernetes.waves import CONFIG, annotation
from kkinfra_nginx.static_files import LISTEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Component
    from kkinfra_kubernetes.cluster import Cluster, File, Object

NAMESPACE_NAME = "kubernetes.io/metadata.name"
_EVERYWHERE = (
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["fd00:ec2::254/128", "fe80::/10"]}},
)
"""All addresses but link-local ones, where clouds hand out credentials (169.254.169.254, fd00:ec2::254)."""

_NODE_RESOLVER = {"ipBlock": {"cidr": "169.254.0.0/16"}}
"""NodeLocal DNSCache, in the node's own network (https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/)."""


def namespace_policy_files(cluster: Cluster) -> Iterator[File]:
    """What holds for all pods: everything is denied, then names may be looked up by what looks up names."""
    denied: Object = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    yield "namespace/network-policy-default-deny.yaml", _policy(cluster, "default-deny", "namespace", denied)
    if cluster.clients:
        resolver = {"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: "kube-system"}}}
        ports = [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
        egress = [{"ports": ports, "to": [resolver, _NODE_RESOLVER]}]
        allowed = {"egress": egress, "podSelector": _clients(cluster), "policyTypes": ["Egress"]}
        yield "namespace/network-policy-dns.yaml", _policy(cluster, "allow-dns", "namespace", allowed)


def part_policy(cluster: Cluster, name: str, part: Component) -> Object:
    """What may reach a part, and what it may reach."""
    spec: Object = {}
    egress = list(_egress(cluster, part)) if is_client(part) else []
    if egress:
        spec["egress"] = egress
    ingress = list(_ingress(cluster, part))
    if ingress:
        spec["ingress"] = ingress
    spec |= {"podSelector": {"matchLabels": cluster.selector(name)}, "policyTypes": ["Ingress", "Egress"]}
    return _policy(cluster, name, part.kind, spec)


def _policy(cluster: Cluster, name: str, kind: str, spec: Object) -> Object:
    metadata = cluster.metadata(name, kind, annotations=annotation(CONFIG))
    return manifest("networking.k8s.io/v1", "NetworkPolicy", metadata, spec=spec)


def _clients(cluster: Cluster) -> Object:
    return {
        "matchExpressions": [{"key": COMPONENT, "operator": "In", "values": list(cluster.clients)}],
        "matchLabels": {INSTANCE: cluster.namespace},
    }


def _tcp(*numbers: int) -> list[Object]:
    return [{"port": int(number), "protocol": "TCP"} for number in numbers]


def _ingress(cluster: Cluster, part: Component) -> Iterator[Object]:
    port = _port_of(part)
    if port is None:
        return
    if _is_routed(part):
        traefik = {NAMESPACE_NAME: str(cluster.platform.ingress.namespace)}
        yield {"from": [{"namespaceSelector": {"matchLabels": traefik}}], "ports": _tcp(port)}
    if isinstance(part, Redis | PostgresqlStatefulSet | Container) and cluster.clients:
        yield {"from": [{"podSelector": _clients(cluster)}], "ports": _tcp(port)}


def _port_of(part: Component) -> int | None:
    if isinstance(part, Nginx):
        return LISTEN
    if isinstance(part, Webapp | Flower | Redis | PostgresqlStatefulSet | Container):
        return part.port
    return None


def _is_routed(part: Component) -> bool:
    if isinstance(part, Flower):
        return part.expose
    return isinstance(part, Webapp | Nginx) or (isinstance(part, Container) and part.route is not None)


def _egress(cluster: Cluster, part: Component) -> Iterator[Object]:
    """The stack for all; the internet (the web only) for all but Flower, which has no business there."""
    for name, other in cluster.environment.stack.items():
        port = _port_of(other)
        if isinstance(other, Redis | PostgresqlStatefulSet | Container) and other is not part and port is not None:
            yield {"ports": _tcp(port), "to": [{"podSelector": {"matchLabels": cluster.selector(name)}}]}
        elif isinstance(other, PostgresqlRds):
            yield {"ports": _tcp(other.port), "to": list(_EVERYWHERE)}
    if not isinstance(part, Flower):
        yield {"ports": _tcp(443, 80), "to": list(_EVERYWHERE)}
