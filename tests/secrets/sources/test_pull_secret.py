"""The login that the image is pulled with, before a host finds that it is none."""

from __future__ import annotations

import base64
import json

import pytest

NAME = "REGISTRY_DOCKERCONFIG"
AUTH = base64.b64encode(b"somebody:s3ntinel:with:colons").decode()


def auths(**logins):
    return json.dumps({"auths": {host.replace("_", "."): login for host, login in logins.items()}})


GOOD = {
    "docker login's": auths(ghcr_io={"auth": AUTH}),
    "kubectl's": auths(ghcr_io={"username": "somebody", "password": "s3ntinel", "auth": AUTH}),
    "without auth": auths(ghcr_io={"username": "somebody", "password": "s3ntinel"}),
    "a token": auths(ghcr_io={"auth": "", "identitytoken": "s3ntinel"}),
    "a URL": json.dumps({"auths": {"https://GHCR.io/v2/": {"auth": AUTH}}}),
    "among others": json.dumps({"auths": {"docker.io": {}, "ghcr.io": {"auth": AUTH}}, "credsStore": "x"}),
    "a second one": json.dumps({"auths": {"ghcr.io": {}, "https://ghcr.io": {"auth": AUTH}}}),
}
BAD = {
    "no JSON": ("s3ntinel", "is no JSON object"),
    "a part of JSON": ('{"auths": {"ghcr.io": {"auth": "s3ntinel', "is no JSON object"),
    "deep JSON": ("[" * 60_000, "is no JSON object"),
    "a list": ('["s3ntinel"]', "is no JSON object"),
    "a Base64 of it": (base64.b64encode(auths(ghcr_io={"auth": AUTH}).encode()).decode(), "is no JSON object"),
    "no auths": ('{"ghcr.io": {"auth": "s3ntinel"}}', "has no `auths`"),
    "auths that are none": ('{"auths": ["s3ntinel"]}', "has no `auths`"),
    "nothing in auths": ('{"auths": {}}', "has no login for ghcr.io in `auths`"),
    "another registry": (auths(docker_io={"auth": AUTH}), "has no login for ghcr.io in `auths`"),
    "a name like it": (auths(ghcr_io_example_org={"auth": AUTH}), "has no login for ghcr.io in `auths`"),
    "a credential store": ('{"auths": {"ghcr.io": {}}, "credsStore": "desktop"}', "credential store (`credsStore`)"),
    "a credential helper": ('{"auths": {"ghcr.io": {}}, "credHelpers": {"ghcr.io": "x"}}', "credential store"),
    "a login that is none": ('{"auths": {"ghcr.io": "s3ntinel"}}', "names ghcr.io without user and password; "),
    "no password": (auths(ghcr_io={"username": "s3ntinel"}), "names ghcr.io without user and password; "),
    "an empty password": (auths(ghcr_io={"username": "s3ntinel", "password": ""}), "without user and password; "),
    "no colon": (auths(ghcr_io={"auth": base64.b64encode(b"s3ntinel").decode()}), "without user and password; "),
    "nobody": (auths(ghcr_io={"auth": base64.b64encode(b":s3ntinel").decode()}), "without user and password; "),
    "nothing after": (auths(ghcr_io={"auth": base64.b64encode(b"s3ntinel:").decode()}), "without user and password; "),
    "no Base64": (auths(ghcr_io={"auth": "s3ntinel!"}), "without user and password; "),
    "no text": (auths(ghcr_io={"auth": base64.b64encode(b"a:\xff").decode()}), "without user and password; "),
    "a number": (auths(ghcr_io={"auth": 5}), "without user and password; "),
}


@pytest.mark.parametrize("kind", GOOD)
def test_a_login_is_taken_as_it_is(project, monkeypatch, kind):
    monkeypatch.setenv(NAME, GOOD[kind])
    assert project.read()[NAME] == GOOD[kind]


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_login_is_told_with_the_way_to_make_one(project, monkeypatch, kind):
    content, problem = BAD[kind]
    monkeypatch.setenv(NAME, content)
    told = project.problem(NAME)
    assert problem in told
    assert "`docker --config DIR login ghcr.io --username USER --password-stdin < FILE-WITH-THE-TOKEN`" in told
    assert "s3ntinel" not in told
    assert base64.b64encode(b"s3ntinel").decode()[:8] not in told


@pytest.mark.parametrize("host", ["https://index.docker.io/v1/", "docker.io", "registry-1.docker.io"])
def test_docker_hub_has_several_names(project, monkeypatch, host):
    project.spec.write_text(project.spec.read_text().replace("ghcr.io/example/kkambbaki:1.0.0", "kkambbaki:1.0.0"))
    monkeypatch.setenv(NAME, json.dumps({"auths": {host: {"auth": AUTH}}}))
    assert NAME in project.read()


def test_a_registry_has_its_port(project, monkeypatch):
    image = "registry.example.org:5000/kkambbaki:1.0.0"
    project.spec.write_text(project.spec.read_text().replace("ghcr.io/example/kkambbaki:1.0.0", image))
    monkeypatch.setenv(NAME, json.dumps({"auths": {"registry.example.org": {"auth": AUTH}}}))
    assert "has no login for registry.example.org:5000" in project.problem(NAME)
    monkeypatch.setenv(NAME, json.dumps({"auths": {"registry.example.org:5000": {"auth": AUTH}}}))
    assert NAME in project.read()


def test_other_secrets_may_be_anything(project, monkeypatch):
    monkeypatch.setenv("POSTGRES_PASSWORD", '{"auths": {}}')
    assert project.password() == '{"auths": {}}'


def test_without_a_registry_none_is_needed(project, monkeypatch):
    text = project.spec.read_text()
    project.spec.write_text(
        text.replace("registry: {pull_secret: REGISTRY_DOCKERCONFIG}\n", "").replace(
            "  REGISTRY_DOCKERCONFIG: {env: REGISTRY_DOCKERCONFIG}\n", ""
        )
    )
    monkeypatch.delenv(NAME)
    assert NAME not in project.read()
