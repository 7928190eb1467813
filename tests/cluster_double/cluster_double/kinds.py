"""The kinds that the cluster knows: those of kube-apiserver 1.33, and custom resources, which are data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

JSON = dict[str, Any]

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one group and version, as discovery names it."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    status: bool = False
    generation: bool = False
    custom: bool = False
    verbs: tuple[str, ...] = VERBS
    subresources: tuple[str, ...] = field(default=())

    @property
    def group_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`, as messages name it."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """`Deployment.apps`, as messages of validation name it."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


def _core(plural: str, kind: str, *short: str, **more: Any) -> Resource:
    return Resource("", "v1", plural, kind, short=short, **more)


def _workload(group: str, plural: str, kind: str, *short: str, **more: Any) -> Resource:
    return Resource(group, "v1", plural, kind, short=short, status=True, generation=True, **more)


def _custom(group: str, plural: str, kind: str, *short: str, status: bool = False) -> Resource:
    return Resource(group, "v1alpha1", plural, kind, short=short, custom=True, generation=True, status=status)


_SCALE = ("scale",)
_RBAC = "rbac.authorization.k8s.io"
_NETWORK = "networking.k8s.io"

BUILT_IN = (
    _core("configmaps", "ConfigMap", "cm"),
    _core("endpoints", "Endpoints", "ep"),
    _core("events", "Event", "ev"),
    _core("limitranges", "LimitRange", "limits"),
    _core("namespaces", "Namespace", "ns", namespaced=False, status=True),
    _core("nodes", "Node", "no", namespaced=False, status=True),
    _core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc", status=True),
    _core("persistentvolumes", "PersistentVolume", "pv", namespaced=False, status=True),
    _core("pods", "Pod", "po", status=True, generation=True, subresources=("log", "eviction")),
    _core("resourcequotas", "ResourceQuota", "quota", status=True),
    _core("secrets", "Secret"),
    _core("serviceaccounts", "ServiceAccount", "sa"),
    _core("services", "Service", "svc", status=True),
    _workload("apps", "controllerrevisions", "ControllerRevision"),
    _workload("apps", "daemonsets", "DaemonSet", "ds"),
    _workload("apps", "deployments", "Deployment", "deploy", subresources=_SCALE),
    _workload("apps", "replicasets", "ReplicaSet", "rs", subresources=_SCALE),
    _workload("apps", "statefulsets", "StatefulSet", "sts", subresources=_SCALE),
    _workload("batch", "cronjobs", "CronJob", "cj"),
    _workload("batch", "jobs", "Job"),
    _workload(_NETWORK, "ingresses", "Ingress", "ing"),
    replace(_workload(_NETWORK, "networkpolicies", "NetworkPolicy", "netpol"), status=False),
    replace(_workload(_NETWORK, "ingressclasses", "IngressClass"), status=False, namespaced=False),
    _workload("policy", "poddisruptionbudgets", "PodDisruptionBudget", "pdb"),
    Resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", short=("hpa",), status=True),
    Resource(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False),
    Resource(_RBAC, "v1", "rolebindings", "RoleBinding"),
    Resource(_RBAC, "v1", "roles", "Role"),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", namespaced=False, short=("sc",)),
    Resource(
        "authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced=False,
        verbs=("create",),
    ),
    Resource(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False,
        short=("crd", "crds"), status=True, generation=True,
    ),
)  # fmt: skip

TRAEFIK = (
    _custom("traefik.io", "ingressroutes", "IngressRoute"),
    _custom("traefik.io", "middlewares", "Middleware"),
    _custom("traefik.io", "serverstransports", "ServersTransport"),
)

ARGO = (
    _custom("argoproj.io", "applications", "Application", "app", "apps"),
    _custom("argoproj.io", "appprojects", "AppProject", "appproj", "appprojs"),
    _custom("argocd-image-updater.argoproj.io", "imageupdaters", "ImageUpdater", status=True),
)


def definition(resource: Resource) -> JSON:
    """The CustomResourceDefinition of a custom resource, established."""
    name = resource.qualified
    names: JSON = {"plural": resource.plural, "kind": resource.kind, "listKind": f"{resource.kind}List"}
    names |= {"singular": resource.kind.lower()} | ({"shortNames": list(resource.short)} if resource.short else {})
    version = {"name": resource.version, "served": True, "storage": True}
    version |= {"schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    version |= {"subresources": {"status": {}}} if resource.status else {}
    scope = "Namespaced" if resource.namespaced else "Cluster"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name},
        "spec": {"group": resource.group, "names": names, "scope": scope, "versions": [version]},
    }


def defined(crd: JSON) -> list[Resource]:
    """What a CustomResourceDefinition serves."""
    spec, names = crd["spec"], crd["spec"]["names"]
    return [
        Resource(
            spec["group"],
            version["name"],
            names["plural"],
            names["kind"],
            namespaced=spec["scope"] == "Namespaced",
            short=tuple(names.get("shortNames", ())),
            status="status" in version.get("subresources", {}),
            custom=True,
            generation=True,
        )
        for version in spec["versions"]
        if version.get("served")
    ]
