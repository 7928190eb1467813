"""A release as the host keeps it: written, read again, also years later."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.host.manifest import (
    FORMAT,
    Manifest,
    ReleaseCertificate,
    ReleaseNginx,
    ReleaseService,
    ReleaseWebapp,
    from_json,
)
from real_release import CRON, JOB, release
from small_release import IMAGE, manifest, service

services = st.builds(ReleaseService, cpus=st.floats(0, 128, allow_nan=False))
several = st.lists(services, max_size=3).map(tuple)
manifests = st.builds(
    Manifest,
    webapp=st.none() | st.builds(ReleaseWebapp, blue=services, green=services),
    nginx=st.none() | st.builds(ReleaseNginx, service=services),
    certificate=st.none() | st.builds(ReleaseCertificate, service=services),
    stateful=several, services=several, once=several, timed=several, format=st.just(FORMAT),
)  # fmt: skip


def written(made):
    return json.loads(json.dumps(made.as_json()))


@settings(max_examples=60)
@given(manifests)
def test_what_is_written_is_read_again(made):
    assert from_json(written(made)) == made


@pytest.mark.parametrize("changes", [{}, {"tls": None}, {"access": {"vpn": ["10.8.0.0/24"]}}])
def test_a_real_release_is_read_again(changes):
    made = release({"targets": JOB, "clean": CRON}, **changes).manifest
    assert from_json(written(made)) == made


@pytest.mark.parametrize(
    "value", [None, [], {}, "text", {"format": FORMAT + 1}, {**written(manifest()), "format": "1"}]
)
def test_another_format_is_told_as_one(value):
    with pytest.raises(ValueError, match="written by another version of kkinfra"):
        from_json(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"webapp": {}},
        {"nginx": {"service": None}},
        {"secrets": {"KEY": {"owner": 1}}},
        {"secrets": None},
        {"unheard_of": 1},
        {"services": [{"name": "x"}]},
    ],
)
def test_a_damaged_one_is_told_as_none_of_ours(changes):
    with pytest.raises(ValueError, match="this is no release that kkinfra wrote"):
        from_json({**written(manifest()), **changes})


@pytest.mark.parametrize("missing", ["id", "webapp", "secrets", "tree"])
def test_one_that_lacks_something_is_told_as_none_of_ours(missing):
    value = written(manifest())
    del value[missing]
    with pytest.raises(ValueError, match="this is no release that kkinfra wrote"):
        from_json(value)


@pytest.mark.parametrize("missing", ["timed", "services"])
def test_one_that_has_none_of_a_kind_needs_not_say_so(missing):
    value = written(manifest())
    del value[missing]
    assert getattr(from_json(value), missing) == ()


def test_everything_is_told_once():
    made = manifest()
    names = [each.name for each in made.everything()]
    assert sorted(names) == sorted(set(names))
    assert names == [
        "redis", "volumes", "static-files", "migration", "webapp-blue", "webapp-green", "worker", "beat", "nginx",
        "certbot",
    ]  # fmt: skip


def test_the_products_image_is_pulled_first_and_every_image_once():
    made = manifest(timed=(service("clean", "cron", image="tools:1"),))
    assert made.images() == (f"{IMAGE}@sha256:{'a' * 64}", "redis:7.4", f"{IMAGE}@sha256:{'x' * 64}", "nginx:1.22",
                             "certbot/certbot:v5.8.0", "tools:1")  # fmt: skip


def test_a_colour_is_one_of_two():
    webapp = manifest().webapp
    assert (webapp.of("blue"), webapp.of("green")) == (webapp.blue, webapp.green)
