"""Which subsets are refused, and why: by hand. Everything else must be taken.

An entry says what is refused and what is said about it; one that no spec needs is an error (tests/subsets).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from subset_specs import DELIVERIES, ENVIRONMENT

if TYPE_CHECKING:
    from subset_specs import SubsetSpec


@dataclass(frozen=True)
class Refusal:
    """What is refused at `field` of a spec that has a part of kind `of`, and none of kind `without`.

    `says` is a path in the spec's own words that must be written, too; `why` is the reason, for readers.
    """

    field: str
    problem: str
    of: str
    without: str
    why: str
    on: tuple[str, ...] = DELIVERIES
    says: tuple[str, ...] = ()

    def is_due(self, spec: SubsetSpec) -> bool:
        """Whether the spec must be refused for it."""
        has = (not self.of or self.of in spec.kinds) and self.without not in spec.kinds
        return has and spec.delivery in self.on and (not self.says or spec.writes(*self.says))


_BROKER = "needs a broker; add redis with roles: [broker]"
_WHY_BROKER = "Celery passes tasks through a broker, and Redis is the only one that a stack can have."

REFUSALS = (
    Refusal("stack.celery-worker", _BROKER, "celery-worker", "redis", _WHY_BROKER),
    Refusal("stack.celery-beat", _BROKER, "celery-beat", "redis", _WHY_BROKER),
    Refusal("stack.flower", _BROKER, "flower", "redis", _WHY_BROKER),
    Refusal(
        "stack.static-files", "needs nginx, which serves the files; add nginx to the stack", "static-files", "nginx",
        "They are a volume, which nothing but Nginx serves.",
    ),
    Refusal(
        "stack", "has a webapp but no nginx, through which one host serves it; add nginx to the stack",
        "webapp", "nginx",
        "There it listens on a Unix socket, of two colours that Nginx switches between.", on=("ssh",),
    ),
    Refusal(
        "stack.hooks.route", "needs nginx on one host; add nginx to the stack, or remove route", "container", "nginx",
        "Nginx is what listens to the world there; without it the route would lead nowhere.",
        on=("ssh",), says=("stack", "hooks", "route"),
    ),
    Refusal(
        f"environments.{ENVIRONMENT}.tls",
        "needs nginx, which answers the authority's challenge; add nginx, or remove tls", "", "nginx",
        "Certbot proves the domain over HTTP (HTTP-01), and nothing else would answer on port 80.",
        on=("ssh",), says=("environments", ENVIRONMENT, "tls"),
    ),
)  # fmt: skip


def refusals_of(spec: SubsetSpec) -> list[Refusal]:
    """What a spec must be refused for, by hand."""
    return [each for each in REFUSALS if each.is_due(spec)]
