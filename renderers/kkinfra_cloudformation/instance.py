"""The host: an instance, its address, and the role that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_cloudformation.intrinsics import attribute, ref
from kkinfra_cloudformation.network import PUBLIC_ROUTE, PUBLIC_SUBNET
from kkinfra_cloudformation.parameters import IMAGE
from kkinfra_cloudformation.resource import resource
from kkinfra_cloudformation.security_groups import HOST_GROUP
from kkinfra_cloudformation.tags import tags
from kkinfra_cloudformation.trust import trust
from kkinfra_cloudformation.user_data import user_data

if TYPE_CHECKING:
    from typing import Any

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra_cloudformation.resource import Resources

HOST, ADDRESS = "Host", "HostAddress"

_ROOT_DEVICE = "/dev/xvda"
"""Of Debian's images and of Amazon Linux's."""


def instance(environment: Environment, host: Ec2) -> Resources:
    """The instance, and what goes with it."""
    return {
        **_role(environment),
        HOST: resource("AWS::EC2::Instance", _properties(environment, host), DependsOn=PUBLIC_ROUTE),
        **(_address(environment) if host.elastic_ip else {}),
    }


def _properties(environment: Environment, host: Ec2) -> dict[str, Any]:
    return {
        "BlockDeviceMappings": [_root_disk(host)],
        "IamInstanceProfile": ref("HostProfile"),
        "ImageId": ref(IMAGE),
        "InstanceType": host.instance_type,
        "MetadataOptions": {"HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1, "HttpTokens": "required"},
        **_interface(host),
        "PropagateTagsToVolumeOnCreation": True,
        "Tags": tags(environment, "host"),
        "UserData": user_data(environment, host),
    }


def _role(environment: Environment) -> Resources:
    """A role without any right: whatever runs on the host could use it, since all of it shares the host's network."""
    return {
        "HostRole": resource("AWS::IAM::Role", {
            "AssumeRolePolicyDocument": trust("ec2.amazonaws.com"),
            "Description": f"The host of {environment.stack_name}, which needs no right",
            "Tags": tags(environment),
        }),
        "HostProfile": resource("AWS::IAM::InstanceProfile", {"Roles": [ref("HostRole")]}),
    }  # fmt: skip


def _root_disk(host: Ec2) -> dict[str, Any]:
    disk = {
        "DeleteOnTermination": True,
        "Encrypted": True,
        "VolumeSize": host.disk.gibibytes,
        "VolumeType": "gp3",
    }
    return {"DeviceName": _ROOT_DEVICE, "Ebs": disk}


def _interface(host: Ec2) -> dict[str, Any]:
    """Without an elastic IP, AWS's own address, which changes whenever the instance is stopped."""
    group, subnet = attribute(HOST_GROUP, "GroupId"), ref(PUBLIC_SUBNET)
    if host.elastic_ip:
        return {"SecurityGroupIds": [group], "SubnetId": subnet}
    interface = {"AssociatePublicIpAddress": True, "DeviceIndex": "0", "GroupSet": [group], "SubnetId": subnet}
    return {"NetworkInterfaces": [interface]}


def _address(environment: Environment) -> Resources:
    address = {"Domain": "vpc", "Tags": tags(environment, "host")}
    association = {"AllocationId": attribute(ADDRESS, "AllocationId"), "InstanceId": ref(HOST)}
    return {
        ADDRESS: resource("AWS::EC2::EIP", address, DependsOn=PUBLIC_ROUTE),
        "HostAddressAssociation": resource("AWS::EC2::EIPAssociation", association),
    }
