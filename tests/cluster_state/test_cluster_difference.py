"""Changes as people see them: every difference, nothing that is none, and never a secret."""

import base64
import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.pipeline import open_spec, render
from kkinfra.targets.kubernetes.difference import LAST_APPLIED, change
from kkinfra.targets.kubernetes.objects import objects, reference

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
    assert (made.action, made.lines) == ("same", ())


def test_a_change_is_shown_with_three_lines_around_it():
    before = ALPHA["deployment/webapp"]
    after = copy.deepcopy(before)
    after["spec"]["replicas"] = 2
    made = changed(live(before), after)
    assert made.action == "change"
    assert str(made.reference) == "deployment/webapp"
    assert made.lines[0].startswith("@@ ")
    assert made.lines[1:] == (
        "   namespace: kkambbaki-alpha", " spec:", "   progressDeadlineSeconds: 2100",
        "-  replicas: 1", "+  replicas: 2", "   revisionHistoryLimit: 10", "   selector:", "     matchLabels:",
    )  # fmt: skip


def test_a_new_object_is_shown_whole_and_so_is_one_that_goes():
    obj = ALPHA["configmap/webapp"]
    created, deleted = changed(None, obj), changed(live(obj), None)
    assert (created.action, deleted.action) == ("create", "delete")
    assert created.lines[1] == "+apiVersion: v1"
    assert {line[0] for line in created.lines[1:]} == {"+"}
    assert [line[1:] for line in created.lines[1:]] == [line[1:] for line in deleted.lines[1:]]
    assert {line[0] for line in deleted.lines[1:]} == {"-"}


def test_another_order_of_keys_is_no_change():
    obj = ALPHA["service/webapp"]
    assert changed(obj, dict(reversed(obj.items()))).action == "same"


def test_another_order_of_items_is_a_change():
    before = ALPHA["ingress.networking.k8s.io/kkambbaki"]
    after = copy.deepcopy(before)
    after["spec"]["rules"][0]["http"]["paths"].reverse()
    assert changed(before, after).action == "change"


def test_a_changed_secret_value_is_named_and_not_shown():
    before = secret(OLD=IN_BASE64, KEPT=IN_BASE64, PASSWORD=IN_BASE64)
    after = secret(NEW=IN_BASE64, KEPT=IN_BASE64, PASSWORD="bmV3")
    lines = changed(before, after).lines
    assert {line for line in lines if line[0] in "+-"} == {
        '+  NEW: "***"', '-  OLD: "***"', '-  PASSWORD: "*** (before)"', '+  PASSWORD: "*** (after)"',
    }  # fmt: skip
    assert '   KEPT: "***"' in lines


def test_a_secret_whose_values_are_no_mapping_changes_without_being_shown():
    lines = changed(SECRET | {"data": SENTINEL}, SECRET | {"data": IN_BASE64}).lines
    assert [line for line in lines if line[0] in "+-"] == ['-data: "*** (before)"', '+data: "*** (after)"']


VALUES = st.sampled_from(
    [None, SENTINEL, IN_BASE64, [IN_BASE64], {"KEY": IN_BASE64}, {"KEY": SENTINEL}, {"KEY": "eA=="}]
)


@given(*[st.fixed_dictionaries({}, optional={"data": VALUES, "stringData": VALUES})] * 2, st.booleans(), st.booleans())
def test_no_secret_is_ever_shown_also_where_it_is_not_valid(was, then, is_new, goes):
    applied = {"annotations": {LAST_APPLIED: json.dumps(was)}, "name": "shop"}
    before = None if is_new else SECRET | was | {"metadata": applied}
    after = None if goes else SECRET | then | {"metadata": applied}
    made = change(reference(SECRET), before, after)
    assert not any(text in line for line in made.lines for text in (SENTINEL, IN_BASE64))
    if before is not None and after is not None:
        assert (made.action == "same") == (was == then)
        assert bool(made.lines) == (was != then)


def test_what_kubectl_applied_is_hidden_in_any_kind_and_at_any_depth():
    obj = copy.deepcopy(ALPHA["deployment/webapp"])
    for metadata in (obj["metadata"], obj["spec"]["template"]["metadata"]):
        metadata["annotations"] = {LAST_APPLIED: SENTINEL}
    lines = changed(None, obj).lines
    assert [line.strip("+ ") for line in lines if LAST_APPLIED in line] == [f'{LAST_APPLIED}: "***"'] * 2
    assert not any(SENTINEL in line for line in lines)


def test_a_text_with_odd_line_ends_stays_one_line():
    lines = changed(None, {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"KEY": "a\u2028b\x0bc\rd"}}).lines
    assert sum("KEY" in line for line in lines) == 1
    assert len(lines) == 6
