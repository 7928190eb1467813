"""The double answers as kube-apiserver did, whose answers were recorded; with KKINFRA_CLUSTER=yes a real one is asked.

KKINFRA_RECORD=yes records anew what the real one answers.
"""

from __future__ import annotations

import json
import os
import uuid
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster_conversation import hold, requests
from cluster_double import ClusterDouble, Rule
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN

IS_REAL = os.environ.get("KKINFRA_CLUSTER") == "yes"
HERE = Path(__file__).with_name("conversations")
NAMES = sorted(path.stem for path in HERE.glob("*.yaml"))
NAMESPACES = BUILT_IN["", "v1", "Namespace"]
READS = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}


@contextmanager
def double(home):
    """The double, with `reader`, who may read config maps."""
    with ClusterDouble() as cluster:
        cluster.controllers.paused = True
        cluster.users.add("reader", "bob", Rule(("get", "list"), ("configmaps",), ("",), "talk-double"))
        os.environ["KUBECONFIG"] = str(cluster.kubeconfig(home / "kubeconfig"))
        with connect_cluster() as api:
            api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "talk-double"}})
            yield api, "talk-double", {"": api.sign(), "reader": {"authorization": "Bearer reader"}}
        assert not cluster.failures


@contextmanager
def real(_home):
    """The cluster of KUBECONFIG; its administrator asks for `reader` too."""
    name = f"talk-{uuid.uuid4().hex[:8]}"
    group, user = "rbac.authorization.k8s.io", {"Impersonate-User": "bob", "Impersonate-Group": "system:authenticated"}
    head, metadata = {"apiVersion": f"{group}/v1"}, {"metadata": {"name": "config-maps", "namespace": name}}
    with connect_cluster() as api:
        api.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        try:
            api.create({**head, "kind": "Role", **metadata, "rules": [READS]})
            role = {"apiGroup": group, "kind": "Role", "name": "config-maps"}
            subjects = [{"apiGroup": group, "kind": "User", "name": "bob"}]
            api.create({**head, "kind": "RoleBinding", **metadata, "roleRef": role, "subjects": subjects})
            yield api, name, {"": api.sign(), "reader": {**api.sign(), **user}}
        finally:
            api.delete(NAMESPACES, "", name)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_answered_is_what_kube_apiserver_answered(name, tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", os.environ.get("KUBECONFIG", ""))
    with (real if IS_REAL else double)(tmp_path) as (api, namespace, who):
        said = [
            [each.ask, each.status, each.body] for each in hold(api, requests(HERE / f"{name}.yaml"), namespace, who)
        ]
    recorded = HERE / f"{name}.json"
    if IS_REAL and os.environ.get("KKINFRA_RECORD") == "yes":
        recorded.write_text(json.dumps(said, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    for at, (told, expected) in enumerate(zip(said, json.loads(recorded.read_text()), strict=True)):
        assert told == expected, f"{name}[{at}]"
