"""A network of its own: one public subnet for the host, two for the database that lead nowhere.

A VPC, its subnets, its gateway and its routes cost nothing. There is no NAT gateway, which would cost more than the
host does: the database needs no way out, and the host has a public address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_cloudformation.accepted import accepted
from kkinfra_cloudformation.intrinsics import ref
from kkinfra_cloudformation.resource import resource
from kkinfra_cloudformation.tags import tags

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra_cloudformation.resource import Resource, Resources

VPC, PUBLIC_SUBNET, PUBLIC_ROUTE = "Vpc", "PublicSubnet", "PublicRoute"
DATABASE_SUBNETS = ("DatabaseSubnet1", "DatabaseSubnet2")

_NETWORK = "10.0.0.0/16"
_PUBLIC, _DATABASE = "10.0.0.0/24", ("10.0.10.0/24", "10.0.11.0/24")


def network(environment: Environment, host: Ec2) -> Resources:
    """What the host needs."""
    public_route = {
        "DestinationCidrBlock": "0.0.0.0/0",
        "GatewayId": ref("InternetGateway"),
        "RouteTableId": ref("PublicRouteTable"),
    }
    return {
        VPC: _vpc(environment),
        "InternetGateway": resource("AWS::EC2::InternetGateway", {"Tags": tags(environment, "internet")}),
        "InternetGatewayAttachment": resource(
            "AWS::EC2::VPCGatewayAttachment", {"InternetGatewayId": ref("InternetGateway"), "VpcId": ref(VPC)}
        ),
        PUBLIC_SUBNET: _subnet(environment, "public", _PUBLIC, _zone(host, 0)),
        "PublicRouteTable": _route_table(environment, "public"),
        PUBLIC_ROUTE: resource("AWS::EC2::Route", public_route, DependsOn="InternetGatewayAttachment"),
        "PublicSubnetRoutes": _routed(PUBLIC_SUBNET, "PublicRouteTable"),
    }


def database_network(environment: Environment, host: Ec2) -> Resources:
    """What a database needs: subnets in two zones, whose routes stay within the network."""
    found = {"DatabaseRouteTable": _route_table(environment, "database")}
    for index, name in enumerate(DATABASE_SUBNETS):
        found[name] = _subnet(environment, f"database-{index + 1}", _DATABASE[index], _zone(host, index))
        found[f"{name}Routes"] = _routed(name, "DatabaseRouteTable")
    return found


def _vpc(environment: Environment) -> Resource:
    return resource("AWS::EC2::VPC", {
        "CidrBlock": _NETWORK,
        "EnableDnsHostnames": True,
        "EnableDnsSupport": True,
        "Tags": tags(environment, "vpc"),
    })  # fmt: skip


def _zone(host: Ec2, index: int) -> str:
    return f"{host.region}{host.zones[index]}"


def _subnet(environment: Environment, part: str, network: str, zone: str) -> Resource:
    properties = {
        "AvailabilityZone": zone,
        "CidrBlock": network,
        "MapPublicIpOnLaunch": False,
        "Tags": tags(environment, part),
        "VpcId": ref(VPC),
    }
    reason = "the order of Fn::GetAZs may change, and another zone would replace what is in the subnet"
    return resource("AWS::EC2::Subnet", properties, **accepted(W3010=reason))


def _route_table(environment: Environment, part: str) -> Resource:
    return resource("AWS::EC2::RouteTable", {"Tags": tags(environment, part), "VpcId": ref(VPC)})


def _routed(subnet: str, table: str) -> Resource:
    return resource("AWS::EC2::SubnetRouteTableAssociation", {"RouteTableId": ref(table), "SubnetId": ref(subnet)})
