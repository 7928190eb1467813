"""The cloudformation renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra.values.yaml_text import document
from kkinfra_cloudformation.template import template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.rendering.renderer import Fidelity
    from kkinfra.spec.environment import Environment

PATH = "cloudformation/stack.yaml"


class CloudFormationRenderer:
    """Renders the template of a stack, for hosts that name the AWS account in which kkinfra makes them."""

    platforms: frozenset[str] = frozenset({"compose"})
    fidelity: Mapping[str, Fidelity] = {}

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """`cloudformation/stack.yaml`, or nothing where the host is there already."""
        instance = environment.platform.instance
        if instance and instance.account is not None:
            made = template(environment, instance)
            yield Artifact(PATH, document(made), document=made)
