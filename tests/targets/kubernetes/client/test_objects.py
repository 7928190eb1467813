"""What a rendered tree holds, and what the objects are called."""

import pytest

from kkinfra.errors import DeployError
from kkinfra.rendering.artifacts import Artifact, ArtifactTree
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.targets.kubernetes.client.objects import Reference, condition, items, number, objects, part, reference

ALPHA = render(open_spec("spec/environments.yaml").environments["alpha"])
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: webapp}\n"


def tree(**files):
    return ArtifactTree(Artifact(path.replace("_", "/") + ".yaml", content) for path, content in files.items())


ONCE = ("access/", "argocd/")


def names(found):
    return [str(reference(each)) for each in found]


def test_every_object_of_alpha_is_found_in_the_order_of_its_kustomization():
    found = names(objects(ALPHA))
    files = [each.path for each in ALPHA if each.path.count("/") == 1 and not each.path.startswith(ONCE)]
    assert len(found) == len(set(found)) == len(files) > 40
    assert found[:2] == ["namespace/kkambbaki-alpha", "serviceaccount/kkambbaki"]
    assert found[-1] == "ingress.networking.k8s.io/kkambbaki-redirect"
    assert not any("argoproj" in name for name in found)


def test_argo_cd_s_own_objects_are_left_out_even_where_the_kustomization_names_them():
    made = tree(
        kustomization="resources: [argocd/application.yaml, a/b.yaml]",
        argocd_application=CONFIG.replace("webapp", "application"), a_b=CONFIG,
    )  # fmt: skip
    assert names(objects(made)) == ["configmap/webapp"]


def test_several_documents_of_one_file_are_several_objects_and_an_empty_one_is_none():
    both = f"{CONFIG}---\n---\n{CONFIG.replace('webapp', 'flower')}---\nkind: Kustomization\n---\n# nothing\n"
    made = tree(kustomization="resources: [./a/b.yaml]", a_b=both)
    assert names(objects(made)) == ["configmap/webapp", "configmap/flower"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"compose": "services: {}"}, "the rendered tree has no kustomization.yaml"),
        ({"kustomization": "resources: [a/b.yaml]"}, "names a/b.yaml, which is not in the rendered tree"),
        ({"kustomization": "resources: [a/b.yaml]", "a_b": "[1]"}, "a/b.yaml holds a document that is no Kubernetes"),
        ({"kustomization": "resources: [a/b.yaml]", "a_b": "kind: Pod"}, "no kind or no metadata.name"),
    ],
)
def test_a_tree_that_cannot_be_applied_is_refused(files, told):
    with pytest.raises(DeployError, match=told):
        objects(tree(**files))


@pytest.mark.parametrize(
    ("version", "kind", "name"),
    [
        ("v1", "ConfigMap", "configmap/webapp"),
        ("apps/v1", "Deployment", "deployment/webapp"),
        ("batch/v1", "Job", "job/webapp"),
        ("networking.k8s.io/v1", "Ingress", "ingress.networking.k8s.io/webapp"),
        ("traefik.io/v1alpha1", "Middleware", "middleware.traefik.io/webapp"),
    ],
)
def test_objects_are_called_by_kind_and_name(version, kind, name):
    made = reference({"apiVersion": version, "kind": kind, "metadata": {"name": "webapp", "namespace": "shop"}})
    assert str(made) == name
    assert (made.api_version, made.namespace) == (version, "shop")


def test_another_version_is_the_same_object_and_another_group_is_not():
    made = Reference("apps", "v1", "Deployment", "shop", "webapp")
    assert made == Reference("apps", "v1beta1", "Deployment", "shop", "webapp")
    assert len({made, Reference("extensions", "v1", "Deployment", "shop", "webapp")}) == 2
    assert sorted([made, Reference("", "v1", "Service", "shop", "webapp")])[1] == made


def test_what_is_not_there_is_an_empty_mapping_or_list():
    obj = {"spec": {"containers": [{"name": "webapp"}, None], "replicas": 1}}
    assert part(obj, "spec", "replicas", "deep") == part(obj, "status") == {}
    assert items(obj, "spec", "containers") == [{"name": "webapp"}]
    assert items(obj, "status", "conditions") == items(obj, "spec", "replicas") == []


def test_conditions_and_numbers_are_found_or_have_a_default():
    obj = {"spec": {"replicas": 0, "name": "x"}, "status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    assert condition(obj, "Ready") == {"type": "Ready", "status": "False"}
    assert condition(obj, "Complete") == condition({}, "Ready") == {}
    assert number(obj, "spec", "replicas", default=1) == 0
    assert number(obj, "spec", "name", default=1) == number(obj, "status", "replicas", default=1) == 1
