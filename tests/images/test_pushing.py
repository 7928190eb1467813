"""What `kkinfra build --push` puts into a registry, what it leaves alone, and what hinders it."""

from __future__ import annotations

import json

import pytest

from recorded_engine import DIGEST, OTHER_DIGEST, failed, pushed

REPOSITORY = "ghcr.io/example/kkambbaki"


def own_tag(repository):
    return f"{REPOSITORY}:main-{repository.git('rev-parse', 'HEAD')[:12]}"


class _Stubborn(dict):
    """A registry in which somebody else's push always comes last."""

    def __init__(self, digest):
        self.digest = digest

    def __contains__(self, _):
        return True

    def __getitem__(self, _):
        return self.digest


def test_production_pushes_its_version_and_tells_the_digest(repository, engine, kkinfra):
    done = kkinfra("build", "production", "--push")
    assert done.code == 0
    assert f"pushed {REPOSITORY}@{DIGEST}\n" in done.output
    assert engine.pushes == [own_tag(repository), f"{REPOSITORY}:1.0.0"]


def test_alpha_leaves_the_version_alone_since_image_updater_chooses(repository, engine, kkinfra):
    kkinfra("build", "alpha", "--push")
    assert engine.pushes == [own_tag(repository)]


def test_a_version_is_not_put_over_another_image(repository, engine, kkinfra):
    engine.registry[f"{REPOSITORY}:1.0.0"] = OTHER_DIGEST
    done = kkinfra("build", "production", "--push")
    assert done.code == 0
    assert engine.pushes == [own_tag(repository)]
    assert f"{REPOSITORY}:1.0.0 stays what it was ({OTHER_DIGEST})" in done.output
    document = json.loads(kkinfra("build", "production", "--push", "-o", "json").output)
    assert document["kept"] == {f"{REPOSITORY}:1.0.0": OTHER_DIGEST}


def test_unless_that_is_asked_for(repository, engine, kkinfra):
    engine.registry[f"{REPOSITORY}:1.0.0"] = OTHER_DIGEST
    assert kkinfra("build", "production", "--push", "--tag", "1.0.0", "--tag", "extra").code == 0
    assert engine.pushes == [own_tag(repository), f"{REPOSITORY}:1.0.0", f"{REPOSITORY}:extra"]


def test_the_same_image_is_not_pushed_twice(repository, engine, kkinfra):
    engine.registry[f"{REPOSITORY}:1.0.0"] = DIGEST
    done = kkinfra("build", "production", "--push")
    assert engine.pushes == [own_tag(repository)]
    assert done.output.count(f"{REPOSITORY}:1.0.0") == 2


def test_a_tag_that_is_no_version_moves(repository, engine, kkinfra):
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("kkambbaki:1.0.0 ", "kkambbaki:stable"))
    repository.commit()
    engine.registry[f"{REPOSITORY}:stable"] = OTHER_DIGEST
    assert kkinfra("build", "production", "--push").code == 0
    assert engine.pushes[1] == f"{REPOSITORY}:stable"


def test_the_registry_is_asked_what_it_has_then(repository, engine, kkinfra):
    engine.push = [message for message in pushed() if "aux" not in message] + [
        {"aux": {"Tag": "t1", "Digest": DIGEST, "Size": 524}}
    ]
    engine.registry = _Stubborn(OTHER_DIGEST)
    done = kkinfra("build", "alpha", "--push")
    assert done.code == 1
    assert f"is {OTHER_DIGEST} there now, and not {DIGEST}, which was pushed" in done.errors


def test_what_cannot_be_pushed_is_not_built(repository, engine, kkinfra):
    engine.distribution = (500, 'Head "https://ghcr.io/v2/x/manifests/t": no basic auth credentials')
    done = kkinfra("build", "production", "--push")
    assert done.code == 1
    assert "`docker login ghcr.io` as somebody who may push to ghcr.io/example/kkambbaki" in done.errors
    assert "/build" not in engine.asked


def test_a_registry_may_deny_what_is_not_there_yet(repository, engine, kkinfra):
    engine.distribution = (403, "denied: denied")
    kkinfra("build", "alpha", "--push")
    assert engine.pushes == [own_tag(repository)]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("no basic auth credentials", "`docker login ghcr.io`"),
        ("unauthorized: authentication required", "`docker login ghcr.io`"),
        ("denied: permission_denied: write_package", "`docker login ghcr.io`"),
        ('Get "https://ghcr.io/v2/": dial tcp: lookup ghcr.io on 10.0.0.53:53: no such host', "does not reach"),
        ('Get "http://127.0.0.1:5899/v2/": dial tcp 127.0.0.1:5899: connect: connection refused', "does not reach"),
        ("received unexpected HTTP status: 500 Internal Server Error", "the registry itself failed"),
        ('Get "https://r/v2/": x509: certificate signed by unknown authority', "does not trust the registry"),
        ('Get "https://r/v2/": http: server gave HTTP response to HTTPS client', "does not trust the registry"),
    ],
)
def test_a_refusal_comes_with_what_helps(repository, engine, kkinfra, said, remedy):
    engine.push = failed(said, {"status": "Preparing", "progressDetail": {}, "id": "162b04660b31"})
    done = kkinfra("build", "production", "--push", "-o", "json")
    assert done.code == 1
    assert f"error: {REPOSITORY} cannot be pushed: {said}; " in done.errors
    assert remedy in done.errors
    assert said in json.loads(done.output)["error"]
