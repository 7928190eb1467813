"""For which processors an image is, as its registry or an engine tells it, and which of them a host runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RUNS_TOO = {"linux/amd64": "linux/386", "linux/arm64": "linux/arm"}
"""What a processor runs besides its own: https://github.com/containerd/platforms/blob/v1.0.0/compare.go (Only)."""


def of_engine(version: Mapping[str, Any]) -> str:
    """The platform of an engine that says so of itself (`GET /version`), as in `linux/amd64`."""
    return f"{version['Os']}/{version['Arch']}"


def of_image(found: Mapping[str, Any]) -> list[str]:
    """The platform of an image that an engine has (`docker image inspect`)."""
    return [f"{found['Os']}/{found['Architecture']}"] if "Architecture" in found else []


def of_registry(found: Mapping[str, Any]) -> list[str]:
    """The platforms of an image in a registry (`GET /distribution/NAME/json`).

    Attestations are listed, too, as those of an unknown one
    (https://docs.docker.com/build/metadata/attestations/attestation-storage/).
    """
    said = found.get("Platforms") or ()
    named = (f"{each.get('os')}/{each.get('architecture')}" for each in said if each.get("os") != "unknown")
    return list(dict.fromkeys(named))


def runs(host: str, platforms: Iterable[str]) -> bool:
    """Whether a host runs an image of these platforms; true where either is not known."""
    known = list(platforms)
    return not host or not known or bool({host, _RUNS_TOO.get(host)} & {*known})
