"""The template that the environment renders to, as far as a verb has to know it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError, RendererError
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.rendering.artifacts import ArtifactTree

_PLACE = "cloudformation/"


@dataclass(frozen=True, slots=True)
class Template:
    """A template: `body` is what is sent, `tree` what is in it."""

    body: str
    tree: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources by logical ID."""
        return {name: each for name, each in self.tree.get("Resources", {}).items() if is_mapping(each)}

    @property
    def types(self) -> dict[str, str]:
        """The type of each resource."""
        return {name: str(each.get("Type", "")) for name, each in self.resources.items()}

    @property
    def parameters(self) -> dict[str, dict[str, Any]]:
        """The parameters by name."""
        return dict(self.tree.get("Parameters", {}))


def template_of(tree: ArtifactTree) -> Template:
    """The one template among what an environment renders to; raises DeployError where there is none."""
    found = [each for each in tree if str(each.path).startswith(_PLACE)]
    if len(found) != 1:
        raise DeployError(f"{len(found)} CloudFormation templates are rendered ({_PLACE}), and one is needed")
    return read_template(found[0].content)


def read_template(body: Any) -> Template:
    """A template in YAML or JSON, in which functions are written as `Ref` and `Fn::...`; raises RendererError.

    AWS gives a template of JSON back as what it holds.
    """
    if is_mapping(body):
        return Template(json.dumps(body), body)
    import yaml

    try:
        tree = yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise RendererError(f"the CloudFormation template cannot be read: {error}") from error
    if not is_mapping(tree):
        raise RendererError("the CloudFormation template is no mapping")
    return Template(str(body), tree)
