"""The template: all resources, parameters and outputs of an environment.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.stack import PostgresqlRds
from kkinfra_cloudformation.database import database
from kkinfra_cloudformation.instance import instance
from kkinfra_cloudformation.network import database_network, network
from kkinfra_cloudformation.outputs import database_outputs, host_outputs
from kkinfra_cloudformation.parameters import parameters
from kkinfra_cloudformation.security_groups import DATABASE_GROUP, HOST_GROUP, database_group, host_group

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2
    from kkinfra_cloudformation.resource import Resources

_FORMAT = "2010-09-09"


def template(environment: Environment, host: Ec2) -> dict[str, Any]:
    """The document, ready to be written."""
    rds = environment.part(PostgresqlRds)
    return {
        "AWSTemplateFormatVersion": _FORMAT,
        "Description": f"What {environment.project} {environment.name} runs on, made by kkinfra",
        "Metadata": {"Kkinfra": {"Account": host.account, "Region": host.region, "Stack": environment.stack_name}},
        "Parameters": parameters(host),
        "Resources": {
            **network(environment, host),
            HOST_GROUP: host_group(environment, host),
            **instance(environment, host),
            **(_database(environment, host, rds[1]) if rds else {}),
        },
        "Outputs": {**host_outputs(host), **(database_outputs() if rds else {})},
    }


def _database(environment: Environment, host: Ec2, part: PostgresqlRds) -> Resources:
    return {
        **database_network(environment, host),
        DATABASE_GROUP: database_group(environment, part),
        **database(environment, part),
    }
