"""Creating, replacing, patching and deleting: https://kubernetes.io/docs/reference/using-api/api-concepts/."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest

LEASE = {
    "apiVersion": "coordination.k8s.io/v1",
    "kind": "Lease",
    "metadata": {"name": "deploy", "namespace": "shop"},
    "spec": {"holderIdentity": "one", "leaseDurationSeconds": 30},
}
CLAIM = {
    "apiVersion": "v1",
    "kind": "PersistentVolumeClaim",
    "metadata": {"name": "data", "namespace": "shop"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def job(name="migration"):
    pod = {"containers": [{"name": "m", "image": "shop:1"}], "restartPolicy": "Never"}
    metadata = {"name": name, "namespace": "shop"}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": {"template": {"spec": pod}}}


def test_what_is_there_already_is_not_created_again(client, config_map):
    assert client.create(config_map).code == 201
    answer = client.create(config_map)
    assert answer.code == 409
    assert answer.body["reason"] == "AlreadyExists"
    assert answer.body["message"] == 'configmaps "settings" already exists'


def test_nothing_is_created_in_a_namespace_that_is_not_there(client, config_map):
    config_map["metadata"]["namespace"] = "nowhere"
    answer = client.ask("POST", "/api/v1/namespaces/nowhere/configmaps", config_map)
    assert answer.code == 404
    assert answer.body["message"] == 'namespaces "nowhere" not found'


def test_nothing_is_created_in_a_namespace_that_ends(client, config_map):
    client.delete("Namespace", "shop")
    answer = client.create(config_map)
    assert answer.code == 403
    assert answer.body["message"] == (
        'configmaps "settings" is forbidden: unable to create new content in namespace shop '
        "because it is being terminated"
    )
    assert answer.body["details"]["causes"][0]["reason"] == "NamespaceTerminating"


def test_a_name_that_cannot_be_is_refused_with_its_cause(client, config_map):
    config_map["metadata"]["name"] = "Settings"
    answer = client.create(config_map)
    assert answer.code == 422
    assert answer.body["reason"] == "Invalid"
    assert answer.body["details"]["causes"][0]["field"] == "metadata.name"
    assert 'Invalid value: "Settings": a lowercase RFC 1123 subdomain' in answer.body["message"]


def test_an_unknown_field_is_refused_where_validation_is_strict(client, config_map):
    config_map["datum"] = {}
    answer = client.create(config_map, fieldValidation="Strict")
    assert answer.code == 400
    assert answer.body["message"] == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datum"'
    )


def test_what_is_required_is_asked_for(client, deployment, container):
    del container["image"]
    answer = client.create(deployment)
    assert answer.code == 422
    assert answer.body["message"] == (
        'Deployment.apps "webapp" is invalid: spec.template.spec.containers[0].image: Required value'
    )


def test_a_selector_has_to_select_the_template(client, deployment):
    deployment["spec"]["template"]["metadata"]["labels"] = {"app": "other"}
    message = client.create(deployment).body["message"]
    assert "`selector` does not match template `labels`" in message


@pytest.mark.parametrize(
    ("kind", "patch", "said"),
    [
        ("Deployment", {"spec": {"selector": {"matchLabels": {"app": "webapp", "b": "c"}}}}, "field is immutable"),
        ("Job", {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 9}}}}, "field is immutable"),
        ("StatefulSet", {"spec": {"serviceName": "other"}}, "updates to statefulset spec for fields other than"),
        ("PersistentVolumeClaim", {"spec": {"accessModes": ["ReadWriteMany"]}}, "spec is immutable after creation"),
        ("Service", {"spec": {"clusterIP": "10.96.200.200"}}, "may not change once set"),
        ("Secret", {"type": "example.org/other"}, "field is immutable"),
    ],
)
def test_what_may_not_change_is_refused(client, deployment, kind, patch, said):
    stateful = copy.deepcopy(deployment) | {"kind": "StatefulSet"}
    stateful["spec"]["serviceName"] = "webapp"
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
    objects = {"Deployment": deployment, "Job": job(), "StatefulSet": stateful, "PersistentVolumeClaim": CLAIM}
    obj = client.create((objects | {"Service": service, "Secret": secret})[kind]).body
    if kind == "Deployment":
        patch["spec"]["template"] = {"metadata": {"labels": {"app": "webapp", "b": "c"}}}
    answer = client.edit(kind, obj["metadata"]["name"], patch)
    assert answer.code == 422
    assert said in answer.body["message"]


def test_a_stale_version_is_a_conflict(client):
    lease = client.create(LEASE).body
    lease["spec"]["holderIdentity"] = "two"
    assert client.replace(lease).code == 200
    answer = client.replace(lease)
    assert answer.code == 409
    assert answer.body["message"] == (
        'Operation cannot be fulfilled on leases.coordination.k8s.io "deploy": the object has been modified; '
        "please apply your changes to the latest version and try again"
    )


def test_of_several_who_take_a_lease_at_once_one_has_it(cluster, client):
    lease = client.create(LEASE).body

    def take(who):
        mine = copy.deepcopy(lease)
        mine["spec"]["holderIdentity"] = str(who)
        return type(client)(cluster).replace(mine).code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(take, range(8)))
    assert codes == [200] + [409] * 7


def test_what_is_not_there_is_not_replaced_but_made_where_the_kind_allows_it(client, config_map):
    assert client.replace(config_map).code == 404
    assert client.replace(LEASE).code == 201


def test_replacing_keeps_what_the_server_allotted(client):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    made = client.create(service).body
    assert made["spec"]["clusterIPs"] == [made["spec"]["clusterIP"]]
    service["spec"]["ports"] = [{"port": 81}]
    assert client.replace(service).body["spec"]["clusterIP"] == made["spec"]["clusterIP"]


def test_a_job_selects_its_own_pods(client):
    made = client.create(job()).body
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    assert made["spec"]["template"]["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "migration"


def test_a_status_is_written_apart_from_the_rest(client, deployment):
    client.apply(deployment)
    edited = client.edit("Deployment", "webapp", {"status": {"replicas": 9}, "spec": {"replicas": 3}}).body
    assert edited["status"] == {}
    path = "/apis/apps/v1/namespaces/shop/deployments/webapp/status"
    patch = {"status": {"replicas": 9}, "spec": {"replicas": 7}}
    found = client.ask("PATCH", path, patch, "application/merge-patch+json").body
    assert found["status"] == {"replicas": 9}
    assert found["spec"]["replicas"] == 3


def test_a_strategic_patch_merges_containers_by_name(client, deployment):
    client.apply(deployment)
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "webapp", "image": "shop:2"}]}}}}
    form = "application/strategic-merge-patch+json"
    found = client.ask("PATCH", "/apis/apps/v1/namespaces/shop/deployments/webapp", patch, form).body
    container = found["spec"]["template"]["spec"]["containers"][0]
    assert (container["image"], container["args"]) == ("shop:2", ["serve", "--fast"])


def test_a_json_patch_tests_before_it_changes(client, config_map):
    client.create(config_map)
    path, form = "/api/v1/namespaces/shop/configmaps/settings", "application/json-patch+json"
    wrong = [{"op": "test", "path": "/data/A", "value": "9"}, {"op": "remove", "path": "/data/A"}]
    assert client.ask("PATCH", path, wrong, form).code == 422
    right = [{"op": "add", "path": "/data/C", "value": "3"}, {"op": "remove", "path": "/data/A"}]
    assert client.ask("PATCH", path, right, form).body["data"] == {"B": "2", "C": "3"}


def test_a_deletion_is_answered_with_a_status(client, config_map):
    uid = client.create(config_map).body["metadata"]["uid"]
    answer = client.delete("ConfigMap", "settings")
    assert answer.code == 200
    assert answer.body["status"] == "Success"
    assert answer.body["details"] == {"name": "settings", "kind": "configmaps", "uid": uid}
    assert client.delete("ConfigMap", "settings").code == 404


def test_a_deletion_of_some_kinds_is_answered_with_the_object(client):
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [{"port": 80}]}}
    client.create(service)
    assert client.delete("Service", "x").body["kind"] == "Service"
    assert client.get("Service", "x").code == 404


def test_a_service_of_nodes_keeps_the_port_that_it_was_given(client):
    spec = {"type": "NodePort", "ports": [{"port": 80}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": spec}
    given = client.create(service).body["spec"]["ports"][0]["nodePort"]
    assert given >= 30_000
    assert client.replace(service).body["spec"]["ports"][0]["nodePort"] == given


def test_a_definition_makes_its_resource_known(client):
    names = {"plural": "things", "singular": "thing", "kind": "Thing", "listKind": "ThingList"}
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    spec = {"group": "example.org", "names": names, "scope": "Namespaced", "versions": [version]}
    head = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
    crd = {**head, "metadata": {"name": "things.example.org"}, "spec": spec}
    answer = client.ask("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd)
    assert answer.body["status"]["conditions"][1]["type"] == "Established"
    thing = {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"any": [1, {"b": 2}]}}
    path = "/apis/example.org/v1/namespaces/shop/things/a"
    made = client.ask("PATCH", path, thing, "application/apply-patch+yaml", fieldManager="kkinfra")
    assert (made.code, made.body["spec"], made.body["metadata"]["generation"]) == (201, thing["spec"], 1)


def test_a_deletion_of_another_uid_is_a_conflict(client, deployment):
    uid = client.create(deployment).body["metadata"]["uid"]
    answer = client.delete("Deployment", "webapp", {"preconditions": {"uid": "other"}})
    assert answer.code == 409
    assert answer.body["message"] == (
        'Operation cannot be fulfilled on Deployment.apps "webapp": the UID in the precondition (other) does not '
        f"match the UID in record ({uid}). The object might have been deleted and then recreated"
    )


def test_a_dry_deletion_deletes_nothing(client, config_map):
    client.create(config_map)
    assert client.delete("ConfigMap", "settings", {"dryRun": ["All"]}).body["status"] == "Success"
    assert client.get("ConfigMap", "settings").code == 200


def test_finalizers_hold_what_is_deleted(client, config_map):
    config_map["metadata"]["finalizers"] = ["example.org/hold"]
    client.create(config_map)
    assert "deletionTimestamp" in client.delete("ConfigMap", "settings").body["metadata"]
    assert client.get("ConfigMap", "settings").code == 200
    client.edit("ConfigMap", "settings", {"metadata": {"finalizers": None}})
    assert client.get("ConfigMap", "settings").code == 404


def test_deleting_a_job_without_a_policy_warns_that_its_pods_stay(client):
    client.create(job())
    answer = client.delete("Job", "migration")
    assert "child pods are preserved by default" in answer.headers["Warning"]
    assert answer.body["metadata"]["finalizers"] == ["orphan"]
