"""What a deploy deletes: nothing of others, and no data unless it is named."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import objects, reference
from kkinfra.targets.kubernetes.plan.applyset import PART_OF, as_member
from kkinfra.targets.kubernetes.plan.pruning import prunable

WHO = "applyset-x-v1"
ALPHA = tuple(
    as_member(each, WHO) for each in objects(render(open_spec("spec/environments.yaml").environments["alpha"]))
)


def live(obj):
    """The member as it is in the cluster after kkinfra applied it."""
    kept = copy.deepcopy(obj)
    kept["metadata"]["managedFields"] = [{
        "manager": "kkinfra", "operation": "Apply", "fieldsV1": {"f:metadata": {"f:labels": {f"f:{PART_OF}": {}}}},
    }]  # fmt: skip
    return kept


def member(kind="Deployment", **metadata):
    group = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "Ingress": "networking.k8s.io/v1"}.get(kind, "v1")
    found = {"apiVersion": group, "kind": kind, "metadata": {"name": "old", "namespace": "shop", **metadata}}
    return live(as_member(found, WHO))


def names(found):
    return [str(each.reference) for each in found]


LIVE = tuple(map(live, ALPHA))


def test_what_is_rendered_is_neither_pruned_nor_told():
    assert prunable(ALPHA, LIVE, WHO) == ((), ())


def test_an_object_of_another_version_is_still_the_same():
    assert prunable([*ALPHA, member() | {"apiVersion": "apps/v1beta1"}], [*LIVE, member()], WHO) == ((), ())


def test_what_is_not_rendered_any_more_is_pruned_but_for_what_holds_data():
    pruned, kept = prunable([], LIVE, WHO)
    assert len(pruned) + len(kept) == len(ALPHA)
    assert {each.reference.kind for each in kept} == {
        "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Secret",
    }  # fmt: skip
    assert {"StatefulSet", "Deployment", "ConfigMap", "Ingress", "Job"} <= {each.reference.kind for each in pruned}
    assert all(each.why for each in kept)


def test_what_needs_others_is_pruned_before_them():
    pruned = names(prunable([], LIVE, WHO)[0])
    order = ("ingress.networking.k8s.io/kkambbaki", "deployment/webapp", "statefulset/postgresql", "configmap/webapp")
    assert [pruned.index(name) for name in order] == sorted(pruned.index(name) for name in order)


def test_what_is_named_is_pruned_and_nothing_else_of_its_kind():
    pruned, kept = prunable([], LIVE, WHO, frozenset({"persistentvolumeclaim/redis", "namespace/other"}))
    assert [name for name in names(pruned) if "claim" in name] == ["persistentvolumeclaim/redis"]
    assert {"persistentvolumeclaim/postgresql", "namespace/kkambbaki-alpha"} <= {*names(kept)}


@pytest.mark.parametrize("named", ["ingress/old", "ingress.networking.k8s.io/old"])
def test_an_object_that_is_annotated_to_stay_goes_when_it_is_named_either_way(named):
    stays = member("Ingress", annotations={"argocd.argoproj.io/sync-options": "Delete=false, Prune=false"})
    assert prunable([], [stays], WHO)[1][0].why.endswith("Prune=false; name ingress/old to delete it")
    assert names(prunable([], [stays], WHO, frozenset({named}))[0]) == ["ingress.networking.k8s.io/old"]


def test_another_sync_option_keeps_nothing():
    goes = member(annotations={"argocd.argoproj.io/sync-options": "Prune=confirm,Validate=false"})
    assert names(prunable([], [goes], WHO)[0]) == ["deployment/old"]


def copied():
    found = member()
    found["metadata"]["managedFields"][0] |= {"manager": "kubectl", "operation": "Update"}
    return found


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (member(ownerReferences=[{"kind": "App", "name": "web", "controller": True}]), "belongs to app/web"),
        (member(labels={"app.kubernetes.io/managed-by": "Helm"}), "is managed by Helm"),
        (member(deletionTimestamp="2026-01-01T00:00:00Z"), "is being deleted already"),
        (member("PersistentVolumeClaim", ownerReferences=[{"kind": "App", "controller": True}]), "belongs to app/"),
        (copied(), "was made by somebody else, as a copy"),
        (member() | {"metadata": {**member()["metadata"], "managedFields": None}}, "was made by somebody else"),
    ],
)
def test_what_is_another_s_stays_even_when_it_is_named(found, why):
    pruned, kept = prunable([], [found], WHO, frozenset({"deployment/old"}))
    assert pruned == ()
    assert kept[0].why.startswith(why)


def test_an_owner_that_is_no_controller_does_not_keep_it():
    assert names(prunable([], [member(ownerReferences=[{"kind": "App", "name": "web"}])], WHO)[0]) == ["deployment/old"]


@given(st.sampled_from([None, "", "applyset-y-v1"]), st.sets(st.integers(0, len(LIVE) - 1)), st.booleans())
def test_what_is_no_member_is_never_touched(identity, chosen, is_named):
    found = copy.deepcopy([LIVE[place] for place in chosen])
    for each in found:
        each["metadata"]["labels"].pop(PART_OF)
        if identity is not None:
            each["metadata"]["labels"][PART_OF] = identity
    named = frozenset(str(reference(each)) for each in found) if is_named else frozenset()
    assert prunable([], found, WHO, named) == ((), ())
