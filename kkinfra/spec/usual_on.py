"""The platforms that a variant is usual on, which messages suggest."""

from __future__ import annotations

from kkinfra.spec.installed_models import deliveries, platforms


def usual_on(variant: str) -> frozenset[str]:
    """The kinds of platform that a `kind`, `by` or `on` is usual on; empty where it is usual on every one."""
    if variant in deliveries():
        return deliveries()[variant].model.platforms
    found = {
        kind
        for kind, (model, _) in platforms().items()
        if variant == kind or variant in model.certificates or variant in model.databases[:1]
    }
    return frozenset(found)


def is_usual(variant: str, platform: str) -> bool:
    """Whether a variant is usual on a kind of platform, or on every one."""
    return platform in usual_on(variant) or not usual_on(variant)
