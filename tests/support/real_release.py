"""The real specification's production, changed or not, and the release that is made of it."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import yaml

from kkinfra.rendering.pipeline import load_renderers, render
from kkinfra.spec.loading import resolve_document
from kkinfra.targets.compose.plan.release import make_release
from kkinfra.values.document import parse
from real_spec import SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.plan.release import RenderedRelease

DIGEST = f"sha256:{'2b306f63d738' * 5}abcd"
OTHER_DIGEST = f"sha256:{'5824a9b583b4' * 5}abcd"
PLACE = "spec/environments.yaml"
RENDERERS = load_renderers()
JOB = {"kind": "job", "memory": "64MB", "command": ["true"]}
CRON = {**JOB, "kind": "cron", "schedule": "0 3 * * *", "image": "ghcr.io/example/tools:1"}


def production(stack: Mapping[str, Mapping[str, Any] | None] | None = None, **changes: Any) -> Environment:
    """An environment `live` that is production, with parts added, changed, or (None) taken out, and fields replaced."""
    return resolve_document(parse(text(stack, **changes), PLACE), PLACE).environments["live"]


def text(stack: Mapping[str, Mapping[str, Any] | None] | None = None, **changes: Any) -> str:
    """The specification in which that environment is."""
    own = {"extends": "production", "image": f"ghcr.io/example/kkambbaki@{DIGEST}", **changes, "stack": stack or {}}
    return f"{SOURCE}\n{textwrap.indent(yaml.safe_dump({'live': own}), '  ')}"


def release(stack: Mapping[str, Mapping[str, Any] | None] | None = None, **changes: Any) -> RenderedRelease:
    """The release of such an environment, called as one is that was deployed."""
    environment = production(stack, **changes)
    return named(make_release(environment, render(environment, RENDERERS)))


def named(made: RenderedRelease, at: str = "20261125T010203Z") -> RenderedRelease:
    """A release as it is called when it is deployed."""
    return made.named(f"{at}-{made.manifest.tree[:8]}", "0123456789ab", at)
