"""What an image is called: after its revision, and where that fits, as the specification calls it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.system.revision import Revision

LONGEST_TAG = 128
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
"""A legal tag (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests)."""

_DIGITS = 12
_VERSION = re.compile(r"v?[0-9]+(\.[0-9]+)+(\.?[a-z]+[0-9]+)?([_-][A-Za-z0-9_.-]*)?")


def revision_tag(revision: Revision) -> str:
    """`BRANCH-COMMIT`, of 12 digits, with `-dirty` behind it where the tree is not the commit's.

    Without a branch it is `detached-COMMIT`. Only a clean tree on a branch called exactly `main` gives a tag that
    `^main-[0-9a-f]{7,40}$` takes, which is what Image Updater goes by.
    """
    ending = f"-{revision.commit[:_DIGITS]}{'-dirty' if revision.is_dirty else ''}"
    branch = re.sub(r"[^A-Za-z0-9_.-]", "-", revision.branch or "detached")
    if branch[0] in ".-":
        branch = f"_{branch[1:]}"  # not cut off: a branch called @main must not become main
    return branch[: LONGEST_TAG - len(ending)] + ending


def spec_tag(environment: Environment) -> str:
    """The tag that the specification names, or none; a digest is never that of what is built."""
    return "" if environment.image.digest else environment.image.tag


def pushes_spec_tag(environment: Environment, revision: Revision) -> bool:
    """Whether the specification's tag is pushed: of a clean tree, where Image Updater does not choose the tag."""
    chosen_elsewhere = environment.delivery.updater is not None
    return bool(spec_tag(environment)) and not chosen_elsewhere and not revision.is_dirty


def is_version(tag: str) -> bool:
    """Whether a tag is a version, as `1.0.0` and `v2.1-rc1` are, and `latest` is not."""
    return _VERSION.fullmatch(tag) is not None
