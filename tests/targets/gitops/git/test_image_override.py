"""Images that Image Updater wrote take the place of those that are rendered, as kustomize does it."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import quick_yaml
from kkinfra.errors import DeployError
from kkinfra.spec.image_reference import ImageReference
from kkinfra.targets.gitops.git.image_override import Override
from kkinfra.targets.kubernetes.client.objects import images_of

WRITTEN = """\
kustomize:
  images:
  - ghcr.io/o/shop:main-1
  - redis=mirror.example.org:5000/redis@sha256:{digest}
  namePrefix: x-
helm: {{}}
""".format(digest="a" * 64)


def pod(*images: str) -> dict:
    containers = [{"name": str(number), "image": image} for number, image in enumerate(images)]
    return {
        "kind": "Deployment",
        "spec": {"template": {"spec": {"containers": containers, "initContainers": containers}}},
    }


def test_an_image_is_replaced_by_its_repository_in_every_container():
    (found,) = Override.read(WRITTEN).applied([pod("ghcr.io/o/shop:1.0.0", "redis:7.4", "nginx:1.22")])
    assert set(images_of([found])) == {
        "ghcr.io/o/shop:main-1", f"mirror.example.org:5000/redis@sha256:{'a' * 64}", "nginx:1.22"
    }  # fmt: skip


def test_a_digest_or_a_port_is_no_tag():
    override = Override.read("kustomize: {images: ['localhost:5000/shop:2']}")
    (found,) = override.applied([pod("localhost:5000/shop", "localhost:5000/other")])
    assert set(images_of([found])) == {"localhost:5000/shop:2", "localhost:5000/other"}


def test_the_objects_that_are_given_stay_as_they_are():
    given_object = pod("ghcr.io/o/shop:1.0.0")
    Override.read(WRITTEN).applied([given_object])
    assert set(images_of([given_object])) == {"ghcr.io/o/shop:1.0.0"}


def test_a_key_that_is_called_image_elsewhere_is_none():
    config = {"kind": "ConfigMap", "data": {"image": "ghcr.io/o/shop:1.0.0"}}
    assert Override.read(WRITTEN).applied([config]) == [config]


def test_pinning_leaves_all_else_as_it_is():
    found = quick_yaml.load(Override.read(WRITTEN).pinned(ImageReference.parse("ghcr.io/o/shop:1.0.0")))
    before = quick_yaml.load(WRITTEN)
    assert found["kustomize"]["images"] == [before["kustomize"]["images"][1], "ghcr.io/o/shop:1.0.0"]
    assert (found["kustomize"]["namePrefix"], found["helm"]) == ("x-", {})


@pytest.mark.parametrize("text", ["- a list\n", "a: [\n", "text\n"])
def test_a_file_that_is_no_mapping_is_refused(text):
    with pytest.raises(DeployError, match="is no YAML mapping"):
        Override.read(text)


@pytest.mark.parametrize("text", ["", "kustomize:\n", "{}\n", "helm: {parameters: []}\n"])
def test_a_file_without_images_overrides_nothing(text):
    assert Override.read(text).images == {}


NAMES = st.from_regex(r"(ghcr\.io/|localhost:5000/)?[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(st.dictionaries(NAMES, TAGS, min_size=1, max_size=4), TAGS, st.data())
def test_what_is_pinned_is_what_runs(written, tag, data):
    text = yaml.safe_dump({"kustomize": {"images": [f"{name}:{each}" for name, each in written.items()]}})
    name = data.draw(st.sampled_from(sorted(written)) | NAMES)
    image = ImageReference(name, tag)
    override = Override.read(Override.read(text).pinned(image))
    rendered = [pod(*(f"{each}:rendered" for each in {*written, name}))]
    expected = {f"{each}:{there}" for each, there in {**written, name: tag}.items()}
    assert set(images_of(override.applied(rendered))) == expected
