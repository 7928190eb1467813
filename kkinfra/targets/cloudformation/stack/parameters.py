"""Values of a template's parameters: found out when they are needed for the first time, and kept ever after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError

if TYPE_CHECKING:
    from kkinfra.targets.cloudformation.stack.api import AwsApi
    from kkinfra.targets.cloudformation.stack.states import Stack
    from kkinfra.targets.cloudformation.stack.template import Template

IMAGE, PUBLIC_KEY = "ImageId", "SshPublicKey"


@dataclass(frozen=True, slots=True)
class First:
    """What the first value of a parameter comes from: AWS's public parameter of the image, and somebody's public key.

    `newest_image` asks for the image anew, although the stack has one.
    """

    image_parameter: str
    public_key: str | None = None
    newest_image: bool = False


def values_of(api: AwsApi, template: Template, stack: Stack, first: First) -> dict[str, str]:
    """What the parameters are set to; those that the stack has already, and keeps, are left out.

    Raises AwsError, and DeployError where a value is missing.
    """
    there = stack.parameters if stack.standing == "ready" else ()
    found: dict[str, str] = {}
    for name, said in template.parameters.items():
        if name == IMAGE and (first.newest_image or name not in there):
            found[name] = str(api.ask("ssm", "GetParameter", Name=first.image_parameter)["Parameter"]["Value"])
        elif name == PUBLIC_KEY and name not in there:
            if first.public_key is None:
                raise DeployError("the new host lets nobody in; say whose key does: --key ~/.ssh/id_ed25519.pub")
            found[name] = first.public_key
        elif name not in there and "Default" not in said:
            raise DeployError(f"the template wants a value for its parameter {name}, and nobody gives one")
    return found
