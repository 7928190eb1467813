"""Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/."""

from __future__ import annotations

import copy
import time

import pytest


def managed(obj, manager="kkinfra"):
    return next(entry for entry in obj["metadata"]["managedFields"] if entry["manager"] == manager)


def test_the_first_apply_creates_the_object(client, config_map):
    answer = client.apply(config_map)
    assert answer.code == 201
    assert answer.body["data"] == config_map["data"]
    assert managed(answer.body) == {
        "manager": "kkinfra",
        "operation": "Apply",
        "apiVersion": "v1",
        "time": answer.body["metadata"]["creationTimestamp"],
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:data": {"f:A": {}, "f:B": {}}},
    }


def test_managed_fields_name_the_items_of_associative_lists_by_their_keys(client, deployment):
    fields = managed(client.apply(deployment).body)["fieldsV1"]
    assert fields["f:metadata"] == {"f:labels": {"f:app": {}}}
    assert fields["f:spec"]["f:selector"] == {}
    assert fields["f:spec"]["f:template"]["f:spec"]["f:containers"] == {
        'k:{"name":"webapp"}': {
            ".": {},
            "f:args": {},
            "f:env": {
                'k:{"name":"A"}': {".": {}, "f:name": {}, "f:value": {}},
                'k:{"name":"B"}': {".": {}, "f:name": {}, "f:value": {}},
            },
            "f:image": {},
            "f:name": {},
            "f:ports": {'k:{"containerPort":8000,"protocol":"TCP"}': {".": {}, "f:containerPort": {}, "f:name": {}}},
            "f:resources": {"f:limits": {"f:memory": {}}},
        }
    }


def test_defaults_are_filled_in_and_owned_by_nobody(client, deployment):
    obj = client.apply(deployment).body
    container = obj["spec"]["template"]["spec"]["containers"][0]
    assert obj["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": "25%", "maxSurge": "25%"}
    assert obj["spec"]["progressDeadlineSeconds"] == 600
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["ports"] == [{"containerPort": 8000, "name": "http", "protocol": "TCP"}]
    assert container["resources"]["requests"] == {"memory": "256M"}
    assert obj["spec"]["template"]["metadata"]["creationTimestamp"] is None
    assert "f:strategy" not in managed(obj)["fieldsV1"]["f:spec"]


def test_applying_the_same_again_keeps_the_version_and_the_time(client, deployment):
    before = client.apply(deployment).body
    time.sleep(1.1)
    answer = client.apply(deployment)
    assert answer.code == 200
    assert answer.body == before


def test_an_apply_that_changes_the_specification_raises_the_generation(client, deployment, container):
    before = client.apply(deployment).body
    container["image"] = "shop:2"
    after = client.apply(deployment).body
    assert after["metadata"]["generation"] == before["metadata"]["generation"] + 1
    assert int(after["metadata"]["resourceVersion"]) > int(before["metadata"]["resourceVersion"])


def test_labels_do_not_raise_the_generation_but_annotations_of_a_deployment_do(client, deployment):
    client.apply(deployment)
    deployment["metadata"]["labels"]["more"] = "1"
    assert client.apply(deployment).body["metadata"]["generation"] == 1
    deployment["metadata"]["annotations"] = {"note": "1"}
    assert client.apply(deployment).body["metadata"]["generation"] == 2


def test_a_dry_run_answers_what_would_be_and_changes_nothing(client, deployment, container):
    before = client.apply(deployment).body
    container["image"] = "shop:2"
    would = client.apply(deployment, dryRun="All")
    assert would.code == 200
    assert would.body["spec"]["template"]["spec"]["containers"][0]["image"] == "shop:2"
    assert would.body["metadata"]["generation"] == 2
    assert would.body["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert client.get("Deployment", "webapp").body == before


def test_a_dry_run_of_a_creation_creates_nothing(client, deployment):
    would = client.apply(deployment, dryRun="All")
    assert would.code == 201
    assert "resourceVersion" not in would.body["metadata"]
    assert client.get("Deployment", "webapp").code == 404


def test_what_is_no_longer_applied_is_removed(client, deployment, container, config_map):
    client.apply(config_map)
    del config_map["data"]["A"]
    assert client.apply(config_map).body["data"] == {"B": "2"}
    client.apply(deployment)
    del container["env"][0]
    del container["args"]
    found = client.apply(deployment).body["spec"]["template"]["spec"]["containers"][0]
    assert found["env"] == [{"name": "B", "value": "2"}]
    assert "args" not in found


def test_the_last_label_goes_and_the_object_keeps_its_name(client, deployment):
    client.apply(deployment)
    del deployment["metadata"]["labels"]
    metadata = client.apply(deployment).body["metadata"]
    assert metadata["name"] == "webapp"
    assert "labels" not in metadata


def test_what_the_server_filled_in_stays_when_something_beside_it_goes(client):
    pod = {"containers": [{"name": "m", "image": "shop:1"}], "restartPolicy": "Never"}
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "migration", "namespace": "shop"}}
    job["spec"] = {"template": {"spec": pod}, "ttlSecondsAfterFinished": 60}
    made = client.apply(job).body
    del job["spec"]["ttlSecondsAfterFinished"]
    answer = client.apply(job)
    assert answer.code == 200
    assert answer.body["spec"]["selector"] == made["spec"]["selector"]
    assert "ttlSecondsAfterFinished" not in answer.body["spec"]


def test_what_is_empty_is_owned_as_a_whole(client, deployment):
    deployment["spec"]["template"]["spec"]["volumes"] = [{"name": "tmp", "emptyDir": {}}]
    fields = managed(client.apply(deployment).body)["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:volumes"]
    assert fields == {'k:{"name":"tmp"}': {".": {}, "f:name": {}, "f:emptyDir": {}}}


def test_what_was_applied_alone_falls_back_to_its_default_when_it_is_not_any_more(client, deployment):
    client.apply(deployment)
    del deployment["spec"]["replicas"]
    assert client.apply(deployment).body["spec"]["replicas"] == 1


def test_an_item_goes_with_the_defaults_in_it(client, deployment, container):
    container["ports"].append({"containerPort": 9000})
    client.apply(deployment)
    container["ports"].pop()
    found = client.apply(deployment).body["spec"]["template"]["spec"]["containers"][0]
    assert [port["containerPort"] for port in found["ports"]] == [8000]


def test_an_edit_is_owned_with_the_dots_of_what_it_added(client, deployment):
    client.apply(deployment)
    patch = {"metadata": {"annotations": {"note": "1"}}}
    entry = managed(client.edit("Deployment", "webapp", patch).body, "kubectl-edit")
    assert entry["operation"] == "Update"
    assert entry["fieldsV1"] == {"f:metadata": {"f:annotations": {".": {}, "f:note": {}}}}


def test_finalizers_are_a_set_that_managers_share(client, config_map):
    config_map["metadata"]["finalizers"] = ["example.org/one"]
    client.apply(config_map)
    other = copy.deepcopy(config_map)
    other["metadata"]["finalizers"] = ["example.org/two"]
    after = client.apply(other, "other").body
    assert set(after["metadata"]["finalizers"]) == {"example.org/one", "example.org/two"}
    assert managed(after)["fieldsV1"]["f:metadata"] == {"f:finalizers": {'v:"example.org/one"': {}}}


def test_lists_of_custom_resources_are_atomic_and_their_maps_granular(client):
    spec = {"ipAllowList": {"sourceRange": ["10.0.0.0/8"]}}
    middleware = {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "Middleware",
        "metadata": {"name": "access"},
        "spec": spec,
    }
    entry = managed(client.apply(middleware).body)
    assert entry["fieldsV1"] == {"f:spec": {".": {}, "f:ipAllowList": {".": {}, "f:sourceRange": {}}}}
    assert client.apply(middleware).code == 200


def test_an_unknown_field_is_refused(client, deployment):
    deployment["spec"]["replicaz"] = 2
    answer = client.apply(deployment)
    assert answer.code == 500
    assert answer.body["message"] == (
        "failed to create typed patch object (shop/webapp; apps/v1, Kind=Deployment): "
        ".spec.replicaz: field not declared in schema"
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"replicas": "2"}, ".spec.replicas: expected numeric (int or float), got string"),
        ({"strategy": {"type": 1}}, ".spec.strategy.type: expected string, got &value.valueUnstructured{Value:1}"),
    ],
)
def test_a_value_of_another_type_is_refused(client, deployment, value, said):
    deployment["spec"] |= value
    assert client.apply(deployment).body["message"].endswith(f"Kind=Deployment): {said}")


def test_two_items_of_one_key_are_refused(client, deployment, container):
    container["env"].append({"name": "A", "value": "3"})
    message = client.apply(deployment).body["message"]
    assert message.endswith('.spec.template.spec.containers[name="webapp"].env: duplicate entries for key [name="A"]')


def test_an_apply_without_a_manager_is_refused(client, config_map):
    path = "/api/v1/namespaces/shop/configmaps/settings"
    answer = client.ask("PATCH", path, config_map, "application/apply-patch+yaml")
    assert answer.code == 422
    said = 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
    assert answer.body["message"] == said


def test_an_apply_of_a_uid_that_is_gone_does_not_create(client, config_map):
    config_map["metadata"]["uid"] = "1234"
    answer = client.apply(config_map)
    assert answer.code == 409
    assert (
        "uid mismatch: the provided object specified uid 1234, and no existing object was found"
        in answer.body["message"]
    )


def test_items_stay_in_the_order_of_who_applied_them_last(client, deployment, container):
    client.apply(deployment)
    container["env"].insert(0, {"name": "Z", "value": "0"})
    found = client.apply(deployment).body["spec"]["template"]["spec"]["containers"][0]
    assert [each["name"] for each in found["env"]] == ["Z", "A", "B"]


def test_quantities_are_kept_in_their_canonical_form(client, deployment, container):
    container["resources"]["limits"] = {"memory": "1024Mi", "cpu": "1000m"}
    found = client.apply(deployment).body["spec"]["template"]["spec"]["containers"][0]
    assert found["resources"]["limits"] == {"memory": "1Gi", "cpu": "1"}
