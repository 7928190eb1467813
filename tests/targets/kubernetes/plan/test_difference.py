"""Changes as people see them: every difference, nothing that is none, and never a secret."""

import base64
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.difference.change import FieldChange
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.plan.difference import LAST_APPLIED, change

ALPHA = {
    str(reference(each)): each for each in objects(render(open_spec("spec/environments.yaml").environments["alpha"]))
}
SENTINEL = "s3ntinel-of-a-secret"
IN_BASE64 = base64.b64encode(SENTINEL.encode()).decode()
SECRET = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop", "namespace": "shop"}, "type": "Opaque"}


def live(obj):
    """The object as the server keeps it, untouched."""
    kept = copy.deepcopy(obj) | {"status": {"replicas": 1}}
    kept["metadata"] |= {
        "uid": "7c", "resourceVersion": "12", "generation": 3, "creationTimestamp": "2026-01-01T00:00:00Z",
        "selfLink": "/apis", "managedFields": [{"manager": "kkinfra"}],
    }  # fmt: skip
    kept["metadata"]["annotations"] = kept["metadata"].get("annotations", {}) | {
        "deployment.kubernetes.io/revision": "4"
    }
    return kept


def changed(before, after):
    return change(reference(before or after), before, after)


def secret(**values):
    return SECRET | {"data": values}


@pytest.mark.parametrize("name", ALPHA)
def test_an_untouched_object_is_the_same(name):
    made = changed(live(ALPHA[name]), ALPHA[name])
    assert (made.action, made.fields) == ("same", ())


def test_a_change_names_the_field_and_both_values():
    before = ALPHA["deployment/webapp"]
    after = copy.deepcopy(before)
    after["spec"]["replicas"] = 2
    made = changed(live(before), after)
    assert (made.action, str(made.reference)) == ("change", "deployment/webapp")
    assert made.fields == (FieldChange("spec.replicas", 1, 2),)


def test_a_new_object_is_told_field_by_field_and_so_is_one_that_goes():
    obj = ALPHA["configmap/webapp"]
    created, deleted = changed(None, obj), changed(live(obj), None)
    assert (created.action, deleted.action) == ("create", "delete")
    assert FieldChange("kind", after="ConfigMap") in created.fields
    assert {each.path for each in created.fields} == {each.path for each in deleted.fields}
    assert {each.action for each in deleted.fields} == {"remove"}


def test_another_order_of_keys_is_no_change():
    obj = ALPHA["service/webapp"]
    assert changed(obj, dict(reversed(obj.items()))).action == "same"


def test_another_order_of_items_is_a_change_to_the_server_and_none_to_people():
    before = ALPHA["ingress.networking.k8s.io/kkambbaki"]
    after = copy.deepcopy(before)
    after["spec"]["rules"][0]["http"]["paths"].reverse()
    made = changed(before, after)
    assert (made.action, made.fields) == ("change", ())


def test_a_changed_secret_value_is_named_and_not_shown():
    before = secret(OLD=IN_BASE64, KEPT=IN_BASE64, PASSWORD=IN_BASE64)
    after = secret(NEW=IN_BASE64, KEPT=IN_BASE64, PASSWORD="bmV3")
    assert set(changed(before, after).fields) == {
        FieldChange("data.NEW", after="***"), FieldChange("data.OLD", before="***"),
        FieldChange("data.PASSWORD", "***", "***", "another value"),
    }  # fmt: skip


def test_a_secret_whose_values_are_no_mapping_changes_without_being_shown():
    made = changed(SECRET | {"data": SENTINEL}, SECRET | {"data": IN_BASE64})
    assert made.fields == (FieldChange("data", "***", "***", "another value"),)


VALUES = st.sampled_from(
    [None, SENTINEL, IN_BASE64, [IN_BASE64], {"KEY": IN_BASE64}, {"KEY": SENTINEL}, {"KEY": "eA=="}]
)


@given(*[st.fixed_dictionaries({}, optional={"data": VALUES, "stringData": VALUES})] * 2, st.booleans(), st.booleans())
def test_no_secret_is_ever_shown_also_where_it_is_not_valid(was, then, is_new, goes):
    applied = {"annotations": {LAST_APPLIED: json.dumps(was)}, "name": "shop"}
    before = None if is_new else SECRET | was | {"metadata": applied}
    after = None if goes else SECRET | then | {"metadata": applied}
    made = change(reference(SECRET), before, after)
    assert not any(text in repr(made.fields) for text in (SENTINEL, IN_BASE64))
    if before is not None and after is not None:
        assert (made.action == "same") == (was == then)
        assert bool(made.fields) == (was != then)


def test_what_kubectl_applied_is_hidden_in_any_kind_and_at_any_depth():
    obj = copy.deepcopy(ALPHA["deployment/webapp"])
    for metadata in (obj["metadata"], obj["spec"]["template"]["metadata"]):
        metadata["annotations"] = {LAST_APPLIED: SENTINEL}
    fields = changed(None, obj).fields
    assert [each.after for each in fields if LAST_APPLIED in each.path] == ["***"] * 2
    assert SENTINEL not in repr(fields)
