"""The inventory in the cluster, as KEP-3659 has it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.errors import DeployError
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import annotations_of, labels, objects, reference
from kkinfra.targets.kubernetes.plan.applyset import (
    ID,
    PART_OF,
    applyset_id,
    as_member,
    group_kinds,
    parent,
    refuse_members_of_others,
    refuse_rename,
)

ALPHA = objects(render(open_spec("spec/environments.yaml").environments["alpha"]))
TOOLING = "applyset.kubernetes.io/tooling"


def made(name="kkinfra-shop-alpha", tooling="kkinfra/v1", identity=None, namespace="shop"):
    found = parent(name, namespace, ALPHA)
    found["metadata"]["annotations"][TOOLING] = tooling
    found["metadata"]["labels"][ID] = identity or found["metadata"]["labels"][ID]
    return found


def test_the_id_is_the_one_that_kubectl_computes():
    """printf %s my-set.shop.ConfigMap. | openssl dgst -sha256 -binary | base64 | tr '+/' '-_' | tr -d =."""
    assert applyset_id("my-set", "shop", "ConfigMap", "") == "applyset-gNhPL3TyOycu5fKYoabjYll_PBddGL8ghySj5B67VDw-v1"


@given(st.tuples(st.text(), st.text(), st.text(), st.text()))
def test_every_id_is_a_label_value(parts):
    identity = applyset_id(*parts)
    assert re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", identity)
    assert len(identity) <= 63


def test_the_parent_names_its_tool_and_the_kinds_of_its_members_in_order():
    found = made(namespace="kkambbaki-alpha")
    told = annotations_of(found)
    assert told[TOOLING] == "kkinfra/v1"
    kinds = told["applyset.kubernetes.io/contains-group-kinds"].split(",")
    assert kinds == sorted(set(kinds))
    assert {"ConfigMap", "Deployment.apps", "Middleware.traefik.io", "PersistentVolume"} <= set(kinds)
    assert "applyset.kubernetes.io/additional-namespaces" not in told
    assert labels(found)[ID] == applyset_id("kkinfra-shop-alpha", "kkambbaki-alpha", "ConfigMap", "")


def test_the_kinds_are_read_back():
    assert group_kinds(made()) == {(reference(each).group, reference(each).kind) for each in ALPHA}
    assert group_kinds({}) == group_kinds(parent("x", "shop", [])) == set()


def test_other_namespaces_of_members_are_told():
    assert annotations_of(made())["applyset.kubernetes.io/additional-namespaces"] == "kkambbaki-alpha"


def test_a_member_has_the_label_and_is_otherwise_as_rendered():
    for obj in ALPHA:
        member = as_member(obj, "applyset-x-v1")
        assert labels(member) == labels(obj) | {PART_OF: "applyset-x-v1"}
        assert PART_OF not in labels(obj)
        member["metadata"]["labels"].pop(PART_OF)
        assert member == obj


def test_an_object_without_labels_becomes_a_member_and_one_stays_one():
    member = as_member({"kind": "Pod", "metadata": {"name": "x"}}, "applyset-x-v1")
    assert member["metadata"]["labels"] == {PART_OF: "applyset-x-v1"}
    assert as_member(member, "applyset-x-v1") == member


def test_an_object_that_is_rendered_as_a_member_of_another_set_is_refused():
    with pytest.raises(DeployError, match=r"pod/x is rendered with label .*leave that label out"):
        as_member({"kind": "Pod", "metadata": {"name": "x", "labels": {PART_OF: "other"}}}, "applyset-x-v1")


def test_a_set_is_deployed_where_none_is_or_itself_or_another_beside_it():
    config = {"kind": "ConfigMap", "metadata": {"name": "kkinfra-old-alpha"}}
    for found in ([], [made()], [made("kkinfra-old-alpha"), made()], [config], [made("web", "helm/v3")]):
        refuse_rename(found, made())


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (
            made("kkinfra-old-alpha"),
            "namespace shop holds kkinfra-old-alpha, and this would be kkinfra-shop-alpha: was",
        ),
        (made("kkinfra-old-alpha", "kkinfra/v2"), "was the project or the environment renamed"),
        (made(tooling="kubectl/v1.33"), "configmap/kkinfra-shop-alpha is the ApplySet of kubectl, not of kkinfra"),
        (made(tooling=""), "is the ApplySet of nobody that it names"),
        (
            {"kind": "ConfigMap", "metadata": {"name": "kkinfra-shop-alpha"}},
            "configmap/kkinfra-shop-alpha is the ApplySet of nobody that it names, not of kkinfra; rename or delete it",
        ),
        (made(identity="applyset-x-v1"), "has label applyset.kubernetes.io/id: applyset-x-v1, where it must have"),
    ],
)
def test_a_set_that_was_renamed_or_is_another_tool_s_is_refused(found, told):
    with pytest.raises(DeployError, match=told):
        refuse_rename([found], made())


def test_live_objects_of_another_set_are_refused_by_name():
    mine, free = as_member(ALPHA[0], "applyset-x-v1"), ALPHA[1]
    refuse_members_of_others([mine, free], "applyset-x-v1")
    with pytest.raises(DeployError, match=r"than applyset-y-v1:\n  namespace/kkambbaki-alpha: applyset-x-v1\nEach"):
        refuse_members_of_others([mine, free], "applyset-y-v1")
