"""Parameters: what `kkinfra provision` finds out, and the specification does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kkinfra.spec.platforms import Ec2

IMAGE, PUBLIC_KEY = "ImageId", "SshPublicKey"

_KINDS_OF_KEY = "ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh[.]com"


def parameters(host: Ec2) -> dict[str, Any]:
    """Both are for the first time: another image would replace the instance, another key be read by nobody.

    The image is therefore no parameter of the type that reads Systems Manager at each update.
    """
    return {
        IMAGE: {
            "Type": "AWS::EC2::Image::Id",
            "Description": f"Image of the host, as {host.image_parameter} had it when the host was made",
        },
        PUBLIC_KEY: {
            "Type": "String",
            "Description": "Public key that lets the deploying user in, read when the host starts for the first time",
            "AllowedPattern": f"^({_KINDS_OF_KEY}) [A-Za-z0-9+/]+=*( [A-Za-z0-9@._+-]*)?$",
            "ConstraintDescription": "must be one line of a file such as ~/.ssh/id_ed25519.pub",
        },
    }
