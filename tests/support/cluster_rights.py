"""A user of a real cluster who may do little: a service account, with what the rules allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

import quick_yaml
from kkinfra.targets.kubernetes.client.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cluster_double import Rule
    from kkinfra.targets.kubernetes.client.api import Api

_GROUP = "rbac.authorization.k8s.io"
RIGHTS = tuple(
    Kind(_GROUP, "v1", kind, f"{kind.lower()}s", namespaced=False) for kind in ("ClusterRole", "ClusterRoleBinding")
)


def real_version(api: Api) -> str:
    """Of the cluster: `1.36`."""
    found = api.ask("GET", "/version")
    return f"{found['major']}.{found['minor'].rstrip('+')}"


def real_user(api: Api, namespace: str, name: str, rules: Iterable[Rule], home: Path, kubeconfig: Path) -> Path:
    """The kubeconfig of the user, made of the administrator's, in `home`; the namespace has to be there."""
    account = {"kind": "ServiceAccount", "name": name, "namespace": namespace}
    known, head = f"{namespace}-{name}", {"apiVersion": f"{_GROUP}/v1", "metadata": {"name": f"{namespace}-{name}"}}
    told = [{"verbs": [*each.verbs], "resources": [*each.resources], "apiGroups": [*each.groups]} for each in rules]
    api.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}})
    role = {"apiGroup": _GROUP, "kind": "ClusterRole", "name": known}
    for made in (
        {**head, "kind": "ClusterRole", "rules": told},
        {**head, "kind": "ClusterRoleBinding", "roleRef": role, "subjects": [account]},
    ):
        kind = next(each for each in RIGHTS if each.kind == made["kind"])
        api.ask("POST", kind.path(), {}, made)
    return signed_in(api, namespace, name, home, kubeconfig)


def signed_in(api: Api, namespace: str, name: str, home: Path, kubeconfig: Path) -> Path:
    """The kubeconfig, in `home`, of a service account that is there: the administrator's, with a token of its own."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 7200}}
    token = api.ask("POST", path, {}, asked)["status"]["token"]
    config: dict[str, Any] = quick_yaml.load(kubeconfig.read_text(encoding="utf-8"))
    for user in config["users"]:
        user["user"] = {"token": token}
    found = home / name
    found.write_text(yaml.safe_dump(config), encoding="utf-8")
    return found
