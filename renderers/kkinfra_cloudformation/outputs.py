"""Outputs: what the deploy needs of the stack. None is a secret; the master password's place is no password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra_cloudformation.database import DATABASE
from kkinfra_cloudformation.instance import ADDRESS, HOST
from kkinfra_cloudformation.intrinsics import attribute, ref

if TYPE_CHECKING:
    from kkinfra.spec.platforms import Ec2

Outputs = dict[str, dict[str, Any]]


def host_outputs(host: Ec2) -> Outputs:
    """Where the host is."""
    public = ref(ADDRESS) if host.elastic_ip else attribute(HOST, "PublicIp")
    return {
        "Address": {"Description": "Public address of the host, which the domain points at", "Value": public},
        "InstanceId": {"Description": "The host", "Value": ref(HOST)},
    }


def database_outputs() -> Outputs:
    """Where the database is, and where RDS keeps its master password."""
    return {
        "DatabaseEndpoint": {
            "Description": "Host name of the database, within the network",
            "Value": attribute(DATABASE, "Endpoint.Address"),
        },
        "DatabasePort": {"Description": "Port of the database", "Value": attribute(DATABASE, "Endpoint.Port")},
        "DatabaseSecretArn": {
            "Description": "Secret of Secrets Manager that holds the master password, which RDS changes each week",
            "Value": attribute(DATABASE, "MasterUserSecret.SecretArn"),
        },
    }
