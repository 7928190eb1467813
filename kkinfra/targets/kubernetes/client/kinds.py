"""Kinds of objects, and where the API server has them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """A kind of the API (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris)."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group_version(self) -> str:
        """What an object of it says as apiVersion."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """As rules and error messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    def path(self, namespace: str = "", name: str = "") -> str:
        """Of all objects of the kind, those of a namespace, or one."""
        top = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        below = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{top}{below}/{self.plural}{f'/{quote(name)}' if name else ''}"


_CORE = (
    ("ConfigMap", "configmaps"), ("Event", "events"), ("LimitRange", "limitranges"),
    ("PersistentVolumeClaim", "persistentvolumeclaims"), ("Pod", "pods"), ("ResourceQuota", "resourcequotas"),
    ("Secret", "secrets"), ("Service", "services"), ("ServiceAccount", "serviceaccounts"),
)  # fmt: skip
_APPS = (
    ("DaemonSet", "daemonsets"), ("Deployment", "deployments"), ("ReplicaSet", "replicasets"),
    ("StatefulSet", "statefulsets"), ("ControllerRevision", "controllerrevisions"),
)  # fmt: skip

BUILT_IN = {
    (each.group, each.version, each.kind): each
    for each in (
        *(Kind("", "v1", kind, plural) for kind, plural in _CORE),
        *(Kind("", "v1", kind, plural, namespaced=False) for kind, plural in (
            ("Namespace", "namespaces"), ("Node", "nodes"), ("PersistentVolume", "persistentvolumes"),
        )),
        *(Kind("apps", "v1", kind, plural) for kind, plural in _APPS),
        Kind("batch", "v1", "Job", "jobs"), Kind("batch", "v1", "CronJob", "cronjobs"),
        Kind("networking.k8s.io", "v1", "Ingress", "ingresses"),
        Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
        Kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
        Kind("coordination.k8s.io", "v1", "Lease", "leases"),
        Kind("rbac.authorization.k8s.io", "v1", "Role", "roles"),
        Kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
        Kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", namespaced=False),
    )
}  # fmt: skip
"""Kinds that every cluster has under these very names; others are asked for."""
