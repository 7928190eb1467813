"""What the security groups of AWS let in, read from the template, or from the specification where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.proving.proofs.documents import CLOUDFORMATION_FILE, document
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2

EVERYBODY = "0.0.0.0/0"


def opened(environment: Environment, host: Ec2, tree: ArtifactTree) -> dict[int, tuple[str, ...]]:
    """By port of the host: the networks that are let in."""
    resources = document(tree, CLOUDFORMATION_FILE).get("Resources", {})
    instances = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::EC2::Instance"]
    groups = {name for each in instances for name in _groups(each, "SecurityGroupIds")}
    if groups:
        return _rules(resources, groups)
    return {int(port): _networks(environment, host, int(port)) for port in host.ports}


def is_database_public(tree: ArtifactTree) -> bool | None:
    """Whether the database's address or its group let the internet in; None where no template says anything."""
    resources = document(tree, CLOUDFORMATION_FILE).get("Resources", {})
    found = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::RDS::DBInstance"]
    if not found:
        return None
    groups = {name for each in found for name in _groups(each, "VPCSecurityGroups")}
    networks = {network for rules in _rules(resources, groups).values() for network in rules}
    return any(each.get("PubliclyAccessible") is True for each in found) or EVERYBODY in networks


def _networks(environment: Environment, host: Ec2, port: int) -> tuple[str, ...]:
    return tuple(host.ssh_from) if port == environment.delivery.ssh_port else (EVERYBODY,)


def _groups(properties: dict[str, Any], key: str) -> list[str]:
    """The names of the groups that `Fn::GetAtt` (or `Ref`) leads to, here or in a network interface."""
    listed = [*properties.get(key, ())]
    for interface in properties.get("NetworkInterfaces", ()):
        listed += interface.get("GroupSet", ())
    return [name for each in listed if is_mapping(each) for name in [_named(each)] if name]


def _named(reference: dict[str, Any]) -> str:
    attribute = reference.get("Fn::GetAtt", ())
    if isinstance(attribute, str):
        return attribute.partition(".")[0]
    return str(attribute[0]) if attribute else str(reference.get("Ref", ""))


def _rules(resources: dict[str, Any], groups: set[str]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for name in sorted(groups & resources.keys()):
        for rule in resources[name]["Properties"].get("SecurityGroupIngress", ()):
            network = rule.get("CidrIp") or rule.get("CidrIpv6")
            for port in range(int(rule.get("FromPort", 0)), int(rule.get("ToPort", 65535)) + 1) if network else ():
                found[port] = (*found.get(port, ()), str(network))
    return found
