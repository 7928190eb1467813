"""What every job has: a machine of its own, an end, and no more rights than it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kkinfra_github_actions.step import Step

Job = dict[str, Any]

RUNNER = "ubuntu-24.04"
"""Python 3.12, Docker, Git and OpenSSH are part of it (actions/runner-images, Ubuntu2404-Readme.md)."""

ARM_RUNNER = "ubuntu-24.04-arm"
"""The same on arm64, where nothing is emulated (actions/partner-runner-images, arm-ubuntu-24-image.md)."""

READ = {"contents": "read"}
"""To check out a repository, private ones too."""

PUSH = {"packages": "write"}
"""To push to GitHub's registry."""

IDENTITY = {"id-token": "write"}
"""To be known to AWS."""

COMMENTS = {
    "packages: write": "pushes the image to ghcr.io",
    "id-token: write": "proves to AWS who is asking, in place of a key that is kept",
}


def job(
    name: str,
    minutes: int,
    steps: Sequence[Step],
    permissions: Mapping[str, str] | None = None,
    runner: str = RUNNER,
    **more: Any,
) -> Job:
    """A job that ends after `minutes`; `more` are further keys, those that are empty left out."""
    return {
        "name": name,
        "runs-on": runner,
        "timeout-minutes": minutes,
        "permissions": {**READ, **(permissions or {})},
        **{key: value for key, value in more.items() if value},
        "steps": steps,
    }
