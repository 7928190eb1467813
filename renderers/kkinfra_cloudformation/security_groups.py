"""Who may reach what: the host's ports from outside, the database's port from the host alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Nginx
from kkinfra_cloudformation.accepted import accepted
from kkinfra_cloudformation.intrinsics import attribute, ref
from kkinfra_cloudformation.network import VPC
from kkinfra_cloudformation.resource import resource
from kkinfra_cloudformation.tags import tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra.spec.stack import PostgresqlRds
    from kkinfra_cloudformation.resource import Resource

HOST_GROUP, DATABASE_GROUP = "HostSecurityGroup", "DatabaseSecurityGroup"

_EVERYBODY = "0.0.0.0/0"
_EVERY_PROTOCOL = "-1"


def host_group(environment: Environment, host: Ec2) -> Resource:
    """The ports that the specification opens; out, everywhere: packages, images, mail, and what the product asks."""
    reasons = accepted(
        CKV_AWS_24="SSH takes keys only, and a CI service has no fixed address; platform.host.ssh_from narrows it",
        CKV_AWS_260="port 80 answers the certificate authority's challenges (HTTP-01), and redirects",
    )
    out = {"CidrIp": _EVERYBODY, "Description": "Everywhere", "IpProtocol": _EVERY_PROTOCOL}
    return _group(environment, "host", list(_ingress(environment, host)), out, **reasons)


def database_group(environment: Environment, database: PostgresqlRds) -> Resource:
    """From the host alone, and nowhere out: a rule for loopback takes the place of AWS's own, which allows all."""
    from_host = {
        "Description": "PostgreSQL from the host",
        "FromPort": int(database.port),
        "IpProtocol": "tcp",
        "SourceSecurityGroupId": attribute(HOST_GROUP, "GroupId"),
        "ToPort": int(database.port),
    }
    out = {"CidrIp": "127.0.0.1/32", "Description": "Nowhere", "IpProtocol": _EVERY_PROTOCOL}
    return _group(environment, "database", [from_host], out)


def _group(
    environment: Environment, part: str, ingress: list[dict[str, Any]], egress: dict[str, str], **attributes: Any
) -> Resource:
    properties = {
        "GroupDescription": f"The {part} of {environment.stack_name}",
        "SecurityGroupIngress": ingress,
        "SecurityGroupEgress": [egress],
        "Tags": tags(environment, part),
        "VpcId": ref(VPC),
    }
    return resource("AWS::EC2::SecurityGroup", properties, **attributes)


def _ingress(environment: Environment, host: Ec2) -> Iterator[dict[str, Any]]:
    for port in dict.fromkeys(int(port) for port in host.ports):
        what, networks = _purpose(environment, host, port)
        for network in networks:
            address = "CidrIpv6" if ":" in network else "CidrIp"
            yield {address: network, "Description": what, "FromPort": port, "IpProtocol": "tcp", "ToPort": port}


def _purpose(environment: Environment, host: Ec2, port: int) -> tuple[str, tuple[str, ...]]:
    """What a port is for, and from where; the authority's challenges come from anywhere, also behind a VPN."""
    nginx = environment.part(Nginx)
    inside = tuple(environment.access.vpn) or (_EVERYBODY,)
    if port == environment.delivery.ssh_port:
        return "SSH", tuple(host.ssh_from)
    if nginx and port == nginx[1].https_port:
        return "HTTPS", inside
    if nginx and port == nginx[1].http_port:
        return "HTTP", (_EVERYBODY,) if isinstance(environment.tls, Certbot) else inside
    return f"platform.host.ports {port}", inside
