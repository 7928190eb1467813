"""What whoever deploys may do, and no more: roles and an account, which the cluster's owner applies once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.held_secret import PULL_SECRET
from kkinfra_kubernetes.rendered_kinds import NAMESPACE_KINDS, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

_RBAC = "rbac.authorization.k8s.io"
_ACCOUNT = "deployer"
_EVERYTHING = ("create", "delete", "get", "list", "patch")
_READ_BY_NAME = ("create", "get", "patch")
_LOOKED_AT = (
    ("", "events", ("list",)),
    ("", "pods", ("create", "delete", "get", "list")),
    ("", "pods/attach", ("create", "get")),
    ("", "pods/exec", ("create", "get")),
    ("", "pods/log", ("get",)),
    ("coordination.k8s.io", "leases", ("create", "get", "update")),
)
"""Beside what is rendered: why something is not ready, a pod that holds a StatefulSet up, a command that is run
(`create` since Kubernetes 1.35, `get` before), and the lock."""


def access_files(cluster: Cluster) -> Iterator[File]:
    """Everything below access/; the Namespace is there by name alone, so that nobody but kkinfra owns its labels."""
    yield "access/namespace.yaml", manifest("v1", "Namespace", {"name": cluster.namespace})
    yield "access/service-account.yaml", _account(cluster)
    yield "access/role.yaml", _role(cluster, cluster.namespace, _rules(cluster))
    yield "access/role-binding.yaml", _binding(cluster, cluster.namespace)
    yield "access/cluster-role.yaml", _role(cluster, "", _cluster_rules(cluster))
    yield "access/cluster-role-binding.yaml", _binding(cluster, "")
    delivery = cluster.gitops
    if delivery:
        yield "access/argocd-role.yaml", _role(cluster, str(delivery.argocd_namespace), _argocd_rules(cluster))
        yield "access/argocd-role-binding.yaml", _binding(cluster, str(delivery.argocd_namespace))


def _account(cluster: Cluster) -> Object:
    metadata = cluster.metadata(_ACCOUNT, "access", part=cluster.environment.project)
    return {"apiVersion": "v1", "automountServiceAccountToken": False, "kind": "ServiceAccount", "metadata": metadata}


def _rules(cluster: Cluster) -> list[Object]:
    """Secrets are read by name and never listed; nothing else of the namespace is kept from whoever deploys to it."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    kinds = [
        (group, plural(kind), _READ_BY_NAME if kind == "Secret" else _EVERYTHING) for group, kind in NAMESPACE_KINDS
    ]
    for group, resource, verbs in (*kinds, *_LOOKED_AT):
        found.setdefault((group, verbs), []).append(resource)
    own = (cluster.environment.project, PULL_SECRET)
    rules = [_rule(group, resources, verbs) for (group, verbs), resources in sorted(found.items())]
    return [*rules, *(_rule("", ["secrets"], ("delete",), name) for name in own)]


def _cluster_rules(cluster: Cluster) -> list[Object]:
    """No rule can say which volumes may be created or listed: a volume is in no namespace."""
    return [
        _rule("", ["namespaces"], ("get", "patch"), cluster.namespace),
        _rule("", ["persistentvolumes"], ("create", "get", "list", "patch")),
    ]


def _argocd_rules(cluster: Cluster) -> list[Object]:
    """The Application is followed, and Image Updater held back while an environment stays rolled back."""
    return [
        _rule("argoproj.io", ["applications"], ("get",), cluster.namespace),
        _rule("argocd-image-updater.argoproj.io", ["imageupdaters"], ("get", "patch"), cluster.namespace),
    ]


def _rule(group: str, resources: list[str], verbs: tuple[str, ...], name: str = "") -> Object:
    names = {"resourceNames": [name]} if name else {}
    return {"apiGroups": [group], **names, "resources": resources, "verbs": list(verbs)}


def _role(cluster: Cluster, namespace: str, rules: list[Object]) -> Object:
    kind = "Role" if namespace else "ClusterRole"
    return manifest(f"{_RBAC}/v1", kind, _metadata(cluster, namespace), rules=rules)


def _binding(cluster: Cluster, namespace: str) -> Object:
    kind = "Role" if namespace else "ClusterRole"
    metadata = _metadata(cluster, namespace)
    role = {"apiGroup": _RBAC, "kind": kind, "name": metadata["name"]}
    subjects = [{"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": cluster.namespace}]
    return manifest(f"{_RBAC}/v1", f"{kind}Binding", metadata, roleRef=role, subjects=subjects)


def _metadata(cluster: Cluster, namespace: str) -> Object:
    """Outside of the environment's own namespace, names are shared with others."""
    name = _ACCOUNT if namespace == cluster.namespace else f"{cluster.namespace}-{_ACCOUNT}"
    return cluster.metadata(name, "access", part=cluster.environment.project, namespace=namespace)
