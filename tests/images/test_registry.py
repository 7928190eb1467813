"""What registries say of images' platforms, and that an image which lacks one is refused."""

from __future__ import annotations

import base64
import json
import socket

import pytest

from kkinfra.errors import DeployError
from kkinfra.images.platforms import refuse_foreign
from kkinfra.images.registry import platforms
from kkinfra.spec.image_reference import ImageReference
from recorded_registry import LOGIN, RecordedRegistry

BOTH = ["linux/amd64", "linux/arm64", "unknown/unknown", "unknown/unknown"]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def registry():
    with RecordedRegistry() as found:
        found.tags = {"o/both:1": BOTH, "o/arm:1": ["linux/arm64"], "o/arm:latest": ["linux/arm64"]}
        yield found


def image(registry, text):
    return ImageReference.parse(f"{registry.host}/{text}")


def test_a_list_names_all_but_attestations(registry):
    assert platforms(image(registry, "o/both:1")) == ["linux/amd64", "linux/arm64"]


@pytest.mark.parametrize("text", ["o/arm:1", "o/arm"])
def test_where_there_is_no_list_the_images_own_configuration_says_it(registry, text):
    assert platforms(image(registry, text)) == ["linux/arm64"]


@pytest.mark.parametrize("asks_for", ["Basic", "Bearer"])
@pytest.mark.parametrize("text", ["o/both:1", "o/arm:1"])
def test_a_registry_that_wants_a_login_gets_its_own_and_no_other(registry, asks_for, text):
    registry.asks_for = asks_for
    assert platforms(image(registry, text), [b"no configuration", registry.login])
    sent = [said for _, said in registry.asked if said]
    own = f"Basic {base64.b64encode(LOGIN.encode()).decode()}"
    assert own in sent
    assert {*sent} <= {own, "Bearer sentinel-token"}
    if asks_for == "Bearer":
        name = text.partition(":")[0]
        assert f"/token repository:{name}:pull" in [path for path, _ in registry.asked]


@pytest.mark.parametrize("asks_for", ["Basic", "Bearer"])
def test_without_a_login_nothing_is_known(registry, asks_for):
    registry.asks_for = asks_for
    assert platforms(image(registry, "o/both:1")) == []
    other = json.dumps({"auths": {"other.example.org": {"auth": "eDp5"}}}).encode()
    assert platforms(image(registry, "o/both:1"), [other]) == []
    assert not any("eDp5" in said for _, said in registry.asked), "no other registry is told the login"


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
def test_a_registry_that_refuses_tells_nothing(registry, status):
    registry.status = status
    assert platforms(image(registry, "o/both:1")) == []


def test_an_image_that_is_not_there_tells_nothing(registry):
    assert platforms(image(registry, "o/absent:1")) == []


def test_nobody_there_tells_nothing():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    assert platforms(ImageReference.parse(f"127.0.0.1:{port}/o/both:1")) == []


class TestRefusing:
    def test_images_for_other_processors_are_all_named(self, registry):
        registry.tags["o/three:1"] = ["linux/arm64", "linux/s390x"]
        images = [f"{registry.host}/o/{each}:1" for each in ("both", "arm", "three", "absent")]
        with pytest.raises(DeployError) as refused:
            refuse_foreign("alpha", images, ["amd64"])
        assert str(refused.value) == (
            "alpha needs images for linux/amd64 (platform.architecture; amd64 where it is not written):\n"
            f"  {registry.host}/o/arm:1 is for linux/arm64\n"
            f"  {registry.host}/o/three:1 is for linux/arm64 and linux/s390x\n"
            "nothing was changed; `kkinfra build alpha --push` builds the product's own for that; of another, choose "
            "one that is"
        )

    def test_a_mixed_cluster_needs_them_for_both(self, registry):
        refuse_foreign("alpha", [f"{registry.host}/o/both:1"], ["amd64", "arm64"])
        with pytest.raises(DeployError, match="needs images for linux/amd64 and linux/arm64"):
            refuse_foreign("alpha", [f"{registry.host}/o/arm:1"], ["amd64", "arm64"])

    def test_what_is_for_the_processor_or_not_known_is_let_pass(self, registry):
        refuse_foreign("alpha", [f"{registry.host}/o/arm:1", f"{registry.host}/o/absent:1"], ["arm64"])
        refuse_foreign("alpha", [], ["arm64"])
