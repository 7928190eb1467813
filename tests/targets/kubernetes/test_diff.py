"""What looks, and changes nothing: `diff`, `deploy --dry-run`, `status`, and drift that was made by hand."""

from __future__ import annotations

import pytest

COLOUR = {"data": {"COLOUR": "green"}}


def drift(user):
    user.edit("ConfigMap", "webapp", COLOUR)


def is_harmless(request):
    return request.method == "GET" or (request.method == "PATCH" and "dryRun=All" in request.query)


@pytest.mark.double_only
@pytest.mark.parametrize(
    "words", [("diff",), ("deploy", "--dry-run"), ("deploy", "--dry-run", "-o", "json"), ("status",)]
)
@pytest.mark.parametrize("state", ["nothing there", "drifted"])
def test_what_looks_writes_nothing(request, words, state):
    user = request.getfixturevalue("user" if state == "nothing there" else "deployed")
    if state == "drifted":
        drift(user)
        user.write(colour="blue")
    since = len(user.double.requests)
    user.run(*words)
    asked = user.double.requests[since:]
    assert asked
    assert [each for each in asked if not is_harmless(each)] == []


def test_an_untouched_cluster_shows_no_difference(deployed):
    done = deployed.run("diff")
    assert (done.code, "nothing differs" in done.out) == (0, True)


def test_all_of_a_namespace_that_is_not_there_yet_is_created(owner):
    done = owner.run("diff")
    assert done.code == 2
    for name in (f"namespace/{owner.namespace}", "configmap/webapp", "deployment/webapp"):
        assert f"+ {name}" in done.out
    assert owner.names("ConfigMap") == []


def test_drift_is_shown_with_what_was_and_what_would_be(deployed):
    drift(deployed)
    done = deployed.run("diff")
    assert done.code == 2
    assert "~ configmap/webapp: changed by hand" in done.out
    assert "~ data.COLOUR: green -> red" in done.out
    assert "deployment/webapp" not in done.out
    assert ".data.COLOUR: owned by kubectl-edit" in done.out


def test_drift_of_an_order_alone_is_named_as_a_deploy_undoes_it(deployed):
    path = f"/apis/networking.k8s.io/v1/namespaces/{deployed.namespace}/networkpolicies/default-deny"
    body = {"spec": {"policyTypes": ["Egress", "Ingress"]}}
    deployed.api.ask("PATCH", path, {"fieldManager": "hand"}, body, "application/merge-patch+json")
    done = deployed.run("diff")
    assert done.code == 2
    (line,) = [line for line in done.out.splitlines() if "~ networkpolicy.networking.k8s.io/default-deny" in line]
    assert "has the same items in another order" in line
    deployed.deployed("--force-conflicts")
    assert deployed.run("diff").code == 0


def test_drift_that_clashes_with_what_is_applied_is_told_with_what_to_do(deployed):
    """The server merges the ports of a Service by their numbers, and takes no name twice."""
    path = f"/api/v1/namespaces/{deployed.namespace}/services/webapp"
    body = [{"op": "replace", "path": "/spec/ports/0/port", "value": 8001}]
    deployed.api.ask("PATCH", path, {"fieldManager": "hand"}, body, "application/json-patch+json")
    done = deployed.run("diff")
    assert done.code == 1
    assert 'service/webapp cannot be applied: Service "webapp" is invalid: spec.ports[1].name: Duplicate' in done.err
    assert "undo what was changed by hand, or delete it" in done.err


def test_drift_is_put_right_by_a_deploy_that_takes_over(deployed):
    drift(deployed)
    deployed.deployed("--force-conflicts")
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "red"
    assert deployed.run("diff").code == 0


def test_what_somebody_deleted_is_shown_and_comes_back(deployed):
    deployed.delete("Service", "webapp")
    deployed.until(lambda: deployed.get("Service", "webapp") is None)
    assert "+ service/webapp" in deployed.run("diff").out
    deployed.deployed()
    assert deployed.get("Service", "webapp")


def test_a_label_of_the_namespace_that_was_taken_off_is_put_back(deployed):
    name = deployed.namespace
    found = deployed.api.get(namespaces(), "", name)
    label = next(each for each in found["metadata"]["labels"] if each.startswith("pod-security"))
    body = {"metadata": {"labels": {label: None}}}
    deployed.api.ask("PATCH", namespaces().path("", name), {}, body, "application/merge-patch+json")
    deployed.deployed()
    assert label in deployed.api.get(namespaces(), "", name)["metadata"]["labels"]


def namespaces():
    from cluster_user import kind_of

    return kind_of("Namespace")


def test_another_manager_s_field_is_a_conflict_with_field_and_owner_and_nothing_is_changed(deployed):
    drift(deployed)
    deployed.edit("Deployment", "webapp", {"spec": {"replicas": 3}}, manager="autoscaler")
    deployed.write(tag="2.0.0")
    deployed.settled()
    before = deployed.versions()
    done = deployed.deploy()
    assert done.code == 1
    assert ".data.COLOUR: owned by kubectl-edit" in done.err
    assert ".spec.replicas: owned by autoscaler" in done.err
    assert "--force-conflicts" in done.err
    assert deployed.versions() == before


def test_conflicts_are_in_the_diff_and_in_its_json(deployed):
    drift(deployed)
    done = deployed.run("diff")
    assert done.code == 2
    assert "! " in done.out
    assert ".data.COLOUR: owned by kubectl-edit" in done.out
    told = deployed.run("diff", "-o", "json")
    assert told.code == 2
    (target,), (change,) = told.json()["targets"], told.json()["changes"]
    assert ".data.COLOUR: owned by kubectl-edit" in target["notes"][0]
    assert (change["identity"], change["drift"]) == ("configmap/webapp", True)
    assert [each["path"] for each in change["fields"]] == ["data.COLOUR"]


def test_fields_that_nobody_renders_are_left_to_others(deployed):
    deployed.edit("Deployment", "webapp", {"metadata": {"annotations": {"example.org/note": "mine"}}})
    assert deployed.run("diff").code == 0
    deployed.write(tag="2.0.0")
    deployed.deployed()
    assert deployed.there("Deployment", "webapp")["metadata"]["annotations"]["example.org/note"] == "mine"
