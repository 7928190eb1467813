"""Who owns what: https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts."""

from __future__ import annotations

import copy


def managed(obj, manager="kkinfra"):
    return next(entry for entry in obj["metadata"]["managedFields"] if entry["manager"] == manager)


def test_what_another_manager_owns_too_stays(client, config_map):
    client.apply(config_map)
    client.apply(config_map, "other")
    del config_map["data"]["A"]
    after = client.apply(config_map).body
    assert after["data"] == {"A": "1", "B": "2"}
    assert managed(after)["fieldsV1"] == {"f:data": {"f:B": {}}}
    assert managed(after, "other")["fieldsV1"] == {"f:data": {"f:A": {}, "f:B": {}}}


def test_what_others_added_stays_and_is_no_conflict(client, config_map):
    client.apply(config_map)
    client.edit("ConfigMap", "settings", {"data": {"C": "3"}})
    assert client.apply(config_map).body["data"] == {"A": "1", "B": "2", "C": "3"}


def test_a_field_that_another_manager_changed_is_a_conflict(client, deployment):
    client.apply(deployment)
    client.edit("Deployment", "webapp", {"spec": {"replicas": 5}})
    answer = client.apply(deployment)
    assert answer.code == 409
    assert answer.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": 'Apply failed with 1 conflict: conflict with "kubectl-edit" using apps/v1: .spec.replicas',
        "reason": "Conflict",
        "details": {
            "causes": [
                {
                    "reason": "FieldManagerConflict",
                    "message": 'conflict with "kubectl-edit" using apps/v1',
                    "field": ".spec.replicas",
                }
            ]
        },
        "code": 409,
    }


def test_several_conflicts_are_told_by_manager(client, deployment, container):
    client.apply(deployment)
    client.ask(
        "PATCH",
        "/apis/apps/v1/namespaces/shop/deployments/webapp",
        {"spec": {"template": {"spec": {"containers": [{"name": "webapp", "image": "shop:9"}]}}}},
        "application/strategic-merge-patch+json",
        fieldManager="kubectl-set",
    )
    other = copy.deepcopy(deployment)
    other["spec"]["replicas"] = 7
    other["spec"]["template"]["spec"]["containers"][0]["image"] = "shop:9"
    client.apply(other, "argocd", force="true")
    answer = client.apply(deployment)
    assert answer.body["message"] == (
        'Apply failed with 3 conflicts: conflicts with "argocd":\n'
        "- .spec.replicas\n"
        '- .spec.template.spec.containers[name="webapp"].image\n'
        'conflicts with "kubectl-set" using apps/v1:\n'
        '- .spec.template.spec.containers[name="webapp"].image'
    )


def test_a_conflict_tells_what_ends_at_a_level_before_what_is_below(client, deployment, container):
    pod = deployment["spec"]["template"]["spec"]
    pod["terminationGracePeriodSeconds"] = 5
    client.apply(deployment)
    pod["terminationGracePeriodSeconds"] = 6
    container["image"] = "shop:3"
    causes = client.apply(deployment, "other").body["details"]["causes"]
    assert [cause["field"] for cause in causes] == [
        ".spec.template.spec.terminationGracePeriodSeconds",
        '.spec.template.spec.containers[name="webapp"].image',
    ]


def test_force_takes_the_fields_over(client, deployment):
    client.apply(deployment)
    client.edit("Deployment", "webapp", {"spec": {"replicas": 5}})
    after = client.apply(deployment, force="true").body
    assert after["spec"]["replicas"] == 2
    assert [entry["manager"] for entry in after["metadata"]["managedFields"]] == ["kkinfra"]


def test_the_same_value_is_shared_without_a_conflict(client, deployment):
    client.apply(deployment)
    answer = client.apply(deployment, "argocd")
    assert answer.code == 200
    assert managed(answer.body, "argocd")["fieldsV1"] == managed(answer.body)["fieldsV1"]


def test_scaling_is_owned_through_the_subresource(client, deployment):
    client.apply(deployment)
    path = "/apis/apps/v1/namespaces/shop/deployments/webapp/scale"
    scale = client.ask("PATCH", path, {"spec": {"replicas": 4}}, "application/merge-patch+json", fieldManager="kubectl")
    assert scale.body["kind"] == "Scale"
    answer = client.apply(deployment)
    said = (
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'
    )
    assert answer.body["message"] == said


def test_what_was_created_by_another_verb_is_owned_by_that_manager(client, config_map):
    created = client.create(config_map).body
    assert managed(created, "tests") == managed(created, "tests") | {
        "operation": "Update",
        "fieldsV1": {"f:data": {".": {}, "f:A": {}, "f:B": {}}},
    }
    config_map["data"]["A"] = "changed"
    assert client.apply(config_map).code == 409


def test_atomic_lists_are_replaced_and_in_conflict_as_a_whole(client, deployment, container):
    client.apply(deployment)
    container["args"] = ["serve"]
    answer = client.apply(deployment, "other")
    assert answer.body["details"]["causes"][0]["field"] == '.spec.template.spec.containers[name="webapp"].args'
    assert client.apply(deployment).body["spec"]["template"]["spec"]["containers"][0]["args"] == ["serve"]
