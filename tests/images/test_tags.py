"""What an image is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout import SPEC_FILE
from kkinfra.images.tags import TAG, is_version, revision_tag
from kkinfra.spec.loading import load_spec
from kkinfra.spec.platforms import GitOps
from kkinfra.system.revision import Revision

COMMIT = "0123456789abcdef0123456789abcdef01234567"
SPEC = load_spec(SPEC_FILE)


def tag(branch, *changes):
    return revision_tag(Revision(COMMIT, branch, "2026-11-24T00:00:00Z", changes))


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        ("main", "main-0123456789ab"),
        ("feature/login", "feature-login-0123456789ab"),
        ("release-1.0_x", "release-1.0_x-0123456789ab"),
        ("", "detached-0123456789ab"),
        ("@main", "_main-0123456789ab"),
        ("한", "_-0123456789ab"),
        ("x" * 300, "x" * 115 + "-0123456789ab"),
    ],
)
def test_branch_and_commit(branch, expected):
    assert tag(branch) == expected


def test_dirt_shows():
    assert tag("main", "a") == "main-0123456789ab-dirty"
    assert len(tag("x" * 300, "a")) == 128


def image_updaters_choice():
    delivery = SPEC.environments["alpha"].delivery
    assert isinstance(delivery, GitOps)
    assert delivery.image_updater
    return re.compile(delivery.image_updater.tags)


BRANCHES = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="main-_./@0a", max_size=20),
    st.sampled_from(["main", "Main", "main-", "main/0123456", "main-0123456", "(main", "main\N{NO-BREAK SPACE}"]),
)


@settings(max_examples=300)
@given(BRANCHES, st.booleans())
def test_every_tag_is_legal_and_image_updater_takes_only_a_clean_main(branch, dirty):
    found = tag(branch, *(["a"] if dirty else []))
    assert TAG.fullmatch(found)
    assert bool(image_updaters_choice().search(found)) == (branch == "main" and not dirty)


@pytest.mark.parametrize("version", ["1.0.0", "v2.1", "2026.11", "1.0.0-rc1", "1.0rc1", "1.0.dev2", "10.2.3_4"])
def test_versions(version):
    assert is_version(version)


@pytest.mark.parametrize("moving", ["latest", "main", "stable", "15", "v1", "", "1.0.0x", "1.0.x", "main-1.0"])
def test_tags_that_move(moving):
    assert not is_version(moving)
