"""What deploying to a cluster, and comparing with one, need of an environment: plain values, which are remembered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from kkinfra.secrets.needs import Place, SecretNeeds, secret_needs
from kkinfra.targets.kubernetes.plan.desired import Desired, desired_objects

if TYPE_CHECKING:
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment


@dataclass(frozen=True, slots=True)
class Prepared:
    """An environment that was rendered for a cluster; `architectures` are those that images must be for.

    `tree` is a digest of what was rendered.
    """

    name: str
    image: str
    desired: Desired
    secrets: SecretNeeds
    architectures: tuple[str, ...] = ()
    tree: str = ""

    @classmethod
    def of(cls, environment: Environment, tree: ArtifactTree) -> Prepared:
        """What is needed of a rendered environment."""
        return cls(
            str(environment.name), str(environment.image), desired_objects(environment, tree),
            secret_needs(environment), tuple(map(str, environment.platform.architectures)),
            tree.digest(),
        )  # fmt: skip

    @classmethod
    def facts(cls, environment: Environment, tree: ArtifactTree) -> dict[str, Any]:
        """The same as JSON has it."""
        return cls.of(environment, tree).as_json()

    @classmethod
    def read(cls, facts: dict[str, Any]) -> Prepared:
        """What `as_json` gave."""
        places = {name: Place(**place) for name, place in facts["secrets"]["places"].items()}
        needs: dict[str, Any] = {
            **facts["secrets"], "places": places, "needed": tuple(facts["secrets"]["needed"]),
        }  # fmt: skip
        desired: dict[str, Any] = {**facts["desired"], "objects": tuple(facts["desired"]["objects"])}
        return cls(
            facts["name"],
            facts["image"],
            Desired(**desired),
            SecretNeeds(**needs),
            tuple(facts["architectures"]),
            facts["tree"],
        )

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        places = {name: _fields(place) for name, place in self.secrets.places.items()}
        secrets = {**_fields(self.secrets), "needed": list(self.secrets.needed), "places": places}
        desired = {**_fields(self.desired), "objects": list(self.desired.objects)}
        return {
            "name": self.name, "image": self.image, "desired": desired, "secrets": secrets,
            "architectures": list(self.architectures), "tree": self.tree,
        }  # fmt: skip


def _fields(made: Any) -> dict[str, Any]:
    """Its fields; what they hold is not copied."""
    return {field.name: getattr(made, field.name) for field in fields(made)}
