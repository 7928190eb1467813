"""Which images need the pull secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def is_pulled_with_secret(environment: Environment, part: object) -> bool:
    """Whether a part's image comes from the private registry that the product's image comes from."""
    return environment.registry is not None and environment.image_of(part).registry == environment.image.registry
