"""What a release is made of: the rendered objects, as members of one ApplySet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import objects
from kkinfra.targets.kubernetes.plan.applyset import applyset_id, as_member, parent

if TYPE_CHECKING:
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.objects import JSON

SET_KIND, SET_GROUP = "ConfigMap", ""


@dataclass(frozen=True, slots=True)
class Desired:
    """Objects of an environment; `identity` is that of their set, whose parent is called `parent_name`."""

    project: str
    environment: str
    namespace: str
    objects: tuple[JSON, ...]

    @property
    def parent_name(self) -> str:
        """One for each project and environment, so that a rename is seen."""
        return f"kkinfra-{self.project}-{self.environment}"

    @property
    def identity(self) -> str:
        """The set's."""
        return applyset_id(self.parent_name, self.namespace, SET_KIND, SET_GROUP)

    @property
    def namespaces(self) -> list[JSON]:
        """The objects without which nothing else can be there."""
        return [each for each in self.objects if each["kind"] == "Namespace"]

    def parent(self, also: tuple[JSON, ...] = ()) -> JSON:
        """The set's parent, which names the kinds of all members, and of those that were."""
        return parent(self.parent_name, self.namespace, (*self.objects, *also))


def desired_objects(environment: Environment, tree: ArtifactTree) -> Desired:
    """Everything that a rendered tree wants in the cluster; raises DeployError where it is no tree of ours."""
    made = Desired(environment.project, environment.name, environment.namespace, objects(tree))
    return members(made, made.objects)


def members(of: Desired, made: tuple[JSON, ...]) -> Desired:
    """The same set with other objects."""
    labelled = tuple(as_member(each, of.identity) for each in made)
    return Desired(of.project, of.environment, of.namespace, labelled)
