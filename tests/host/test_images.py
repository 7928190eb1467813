"""Images: which one a reference means, with which login, and what helps where one cannot be pulled."""

from __future__ import annotations

import base64
import json

import pytest

from kkinfra.host import images
from kkinfra.host.errors import HostError
from kkinfra.host.images import Found, HostRegistry, credentials, missing, pull_remedy, remove_unused, repository_of
from kkinfra.host.process import Finished
from small_release import IMAGE, layout, manifest

LOGIN = {"username": "somebody", "password": "a:token"}
AUTH = base64.b64encode(b"somebody:a:token").decode()


def header(auths, reference):
    found = credentials(json.dumps({"auths": auths}).encode(), reference)
    return json.loads(base64.urlsafe_b64decode(found))


@pytest.mark.parametrize(
    ("key", "reference"),
    [
        ("ghcr.io", "ghcr.io/o/r:1"),
        ("https://ghcr.io", "ghcr.io/o/r:1"),
        ("https://ghcr.io/v2/", "ghcr.io/o/r@sha256:abc"),
        ("registry.example.org:5000", "registry.example.org:5000/r:1"),
        ("https://index.docker.io/v1/", "docker.io/o/r:1"),
        ("https://index.docker.io/v1/", "o/r:1"),
        ("https://index.docker.io/v1/", "redis:7.4"),
        ("localhost", "localhost/r"),
    ],
)
@pytest.mark.parametrize("entry", [{"auth": AUTH}, LOGIN])
def test_the_login_of_the_images_registry_is_used(key, reference, entry):
    found = header({"other.example.org": {"auth": "eDp5"}, key: entry}, reference)
    assert (found["username"], found["password"]) == ("somebody", "a:token")


@pytest.mark.parametrize("reference", ["quay.io/o/r:1", "ghcr.io.example.org/r", "ghcr.io:8443/r"])
def test_no_other_registry_is_told_the_login(reference):
    assert set(header({"ghcr.io": {"auth": AUTH}}, reference)) == {"serveraddress"}


def test_a_token_is_passed_on():
    found = header({"ghcr.io": {"identitytoken": "t"}}, "ghcr.io/o/r:1")
    assert found["identitytoken"] == "t"


@pytest.mark.parametrize("login", [b"", b"{", b"[]", b"{}", b'{"auths": 1}', b'{"auths": {"ghcr.io": 1}}'])
def test_what_is_no_login_is_none(login):
    found = credentials(login, "ghcr.io/o/r:1")
    assert "username" not in (json.loads(base64.urlsafe_b64decode(found)) if found else {})


@pytest.mark.parametrize(
    ("reference", "repository"),
    [
        ("redis:7.4", "redis"),
        ("redis", "redis"),
        ("ghcr.io/o/r:1.0.0", "ghcr.io/o/r"),
        (f"ghcr.io/o/r@sha256:{'a' * 64}", "ghcr.io/o/r"),
        (f"ghcr.io/o/r:1@sha256:{'a' * 64}", "ghcr.io/o/r"),
        ("127.0.0.1:5000/o/r", "127.0.0.1:5000/o/r"),
        ("127.0.0.1:5000/o/r:1", "127.0.0.1:5000/o/r"),
    ],
)
def test_a_repository_is_a_reference_without_tag_and_digest(reference, repository):
    assert repository_of(reference) == repository


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("failed to register layer: write /x: no space left on device", "free some of the host's disk"),
        ("Error response from daemon: Head ...: unauthorized", "renew the pull secret"),
        ("denied: permission_denied: read_package", "renew the pull secret"),
        ("Error: No such image: x: manifest unknown", "push it first"),
        ("manifest for x:1 not found: manifest unknown", "push it first"),
        ("dial tcp 127.0.0.1:5000: connect: connection refused", "the registry does not answer the host"),
        ("no matching manifest for linux/amd64 in the manifest list entries", "it is not built for this host's proc"),
        ("net/http: TLS handshake timeout", "see whether the host reaches the registry"),
    ],
)
def test_what_a_registry_says_comes_with_what_helps(said, remedy):
    assert pull_remedy(said).startswith(remedy)


class Engine:
    """Has some images, and refuses to remove those that a container uses."""

    def __init__(self, images=(), distribution=({"Descriptor": {"digest": "sha256:abc"}}, "")):
        self.images, self.distribution, self.removed, self.headers = list(images), distribution, [], None

    def image(self, reference):
        return next((each for each in self.images if reference in names(each)), None)

    def find(self, path, headers=None, seconds=0):
        self.headers = headers
        if isinstance(self.distribution, Exception):
            raise self.distribution
        return self.distribution

    def ask(self, method, path):
        if method == "GET":
            return self.images
        name = path.removeprefix("/images/")
        if "used" in name:
            raise HostError(f"the Docker engine refuses: conflict: {name} is being used")
        if name in self.removed:
            raise HostError("No such image: gone already")
        self.removed.append(name)
        return None


def names(image):
    return [*(image.get("RepoTags") or ()), *(image.get("RepoDigests") or ())]


def image(identifier, *digests, tags=()):
    return {"Id": identifier, "RepoDigests": list(digests) or None, "RepoTags": list(tags) or None}


def test_images_that_are_not_there_are_named_once():
    engine = Engine([image("1", "redis:7.4"), image("2", tags=["nginx:1.22"])])
    assert missing(engine, manifest()) == [
        f"{IMAGE}@sha256:{'a' * 64}", f"{IMAGE}@sha256:{'x' * 64}", "certbot/certbot:v5.8.0",
    ]  # fmt: skip


def test_only_images_of_the_product_that_no_release_names_are_removed():
    engine = Engine([
        image("new", f"{IMAGE}@sha256:new"), image("old", f"{IMAGE}@sha256:old", tags=[f"{IMAGE}:old"]),
        image("same", f"{IMAGE}@sha256:same", tags=[f"{IMAGE}:kept"]), image("redis", tags=["redis:7.4"]),
        image("near", f"{IMAGE}-other@sha256:x"), image("nameless"),
    ])  # fmt: skip
    assert remove_unused(engine, IMAGE, [f"{IMAGE}@sha256:new", f"{IMAGE}@sha256:same", f"{IMAGE}@sha256:gone"]) == []
    assert engine.removed == [f"{IMAGE}:old", f"{IMAGE}@sha256:old"]


def test_an_image_that_cannot_be_removed_is_told_and_the_others_go():
    engine = Engine([image("1", f"{IMAGE}@sha256:used"), image("2", f"{IMAGE}@sha256:old")])
    (problem,) = remove_unused(engine, IMAGE, [])
    assert problem.startswith(f"{IMAGE}@sha256:used: ")
    assert engine.removed == [f"{IMAGE}@sha256:old"]


def test_a_registry_is_asked_with_the_login_and_answers_the_digest(tmp_path):
    engine = Engine()
    login = json.dumps({"auths": {"ghcr.io": {"auth": AUTH}}}).encode()
    assert HostRegistry(layout(tmp_path), engine, login).find("ghcr.io/o/r:1") == Found("sha256:abc")
    assert json.loads(base64.urlsafe_b64decode(engine.headers["X-Registry-Auth"]))["username"] == "somebody"
    HostRegistry(layout(tmp_path), engine).find("ghcr.io/o/r:1")
    assert engine.headers == {}


def test_a_registry_that_refuses_or_does_not_answer_is_told(tmp_path):
    refused = HostRegistry(layout(tmp_path), Engine(distribution=(None, "unauthorized")))
    assert refused.find("ghcr.io/o/r:1") == Found(problem="unauthorized")
    silent = HostRegistry(layout(tmp_path), Engine(distribution=HostError("did not answer within 20 s")))
    assert silent.find("ghcr.io/o/r:1") == Found(problem="did not answer within 20 s")


def test_the_login_is_in_memory_for_the_pull_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(type(layout(tmp_path)), "private", tmp_path / "run")
    seen = {}

    def run(argv, *, seconds):
        file = tmp_path / "run" / "docker" / "config.json"
        seen.update(argv=argv, content=file.read_bytes(), mode=file.parent.stat().st_mode & 0o777)
        return Finished(1, "", "manifest unknown\n")

    monkeypatch.setattr(images, "run", run)
    with pytest.raises(HostError, match="cannot be pulled: manifest unknown; push it first"):
        HostRegistry(layout(tmp_path), Engine(), b'{"auths": {}}').pull("ghcr.io/o/r:1")
    assert (seen["content"], seen["mode"]) == (b'{"auths": {}}', 0o700)
    assert seen["argv"][-1] == "ghcr.io/o/r:1"
    assert list((tmp_path / "run").iterdir()) == []
