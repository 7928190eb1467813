"""The database: PostgreSQL on RDS, which only the host reaches, and which nothing deletes by the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_cloudformation.accepted import accepted
from kkinfra_cloudformation.intrinsics import attribute, ref, substituted
from kkinfra_cloudformation.network import DATABASE_SUBNETS
from kkinfra_cloudformation.resource import resource
from kkinfra_cloudformation.security_groups import DATABASE_GROUP
from kkinfra_cloudformation.tags import tags
from kkinfra_cloudformation.trust import trust

if TYPE_CHECKING:
    from typing import Any

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import PostgresqlRds
    from kkinfra_cloudformation.resource import Resource, Resources

DATABASE = "Database"


def database(environment: Environment, part: PostgresqlRds) -> Resources:
    """The instance, and what goes with it.

    The product's own database and role are not CloudFormation's to make: another name would replace the instance.
    """
    return {
        "DatabaseSubnetGroup": resource("AWS::RDS::DBSubnetGroup", {
            "DBSubnetGroupDescription": f"The database of {environment.stack_name}",
            "SubnetIds": [ref(subnet) for subnet in DATABASE_SUBNETS],
            "Tags": tags(environment),
        }),
        "DatabaseParameterGroup": resource("AWS::RDS::DBParameterGroup", {
            "Description": f"TLS for every connection to {environment.stack_name}",
            "Family": f"postgres{part.version.major}",
            "Parameters": {"rds.force_ssl": "1"},
            "Tags": tags(environment),
        }),
        "DatabaseMonitoringRole": _monitoring_role(environment),
        DATABASE: resource(
            "AWS::RDS::DBInstance",
            _properties(environment, part),
            DeletionPolicy="Snapshot",
            UpdateReplacePolicy="Snapshot",
            **accepted(**_reasons(part)),
        ),
    }  # fmt: skip


def _properties(environment: Environment, part: PostgresqlRds) -> dict[str, Any]:
    """A bare major version lets RDS raise the minor one by itself, without the template being behind."""
    return {
        "AllocatedStorage": str(part.storage.gibibytes),
        "AllowMajorVersionUpgrade": False,
        "AutoMinorVersionUpgrade": True,
        "BackupRetentionPeriod": part.backup_days,
        "CopyTagsToSnapshot": True,
        "DBInstanceClass": part.instance_class,
        "DBParameterGroupName": ref("DatabaseParameterGroup"),
        "DBSubnetGroupName": ref("DatabaseSubnetGroup"),
        "DeleteAutomatedBackups": False,
        "DeletionProtection": True,
        "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
        "EnableIAMDatabaseAuthentication": True,
        "Engine": "postgres",
        "EngineVersion": part.version,
        "ManageMasterUserPassword": True,
        "MasterUsername": part.MASTER,
        "MonitoringInterval": 60,
        "MonitoringRoleArn": attribute("DatabaseMonitoringRole", "Arn"),
        "MultiAZ": part.multi_az,
        "Port": str(int(part.port)),
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "StorageType": "gp3",
        "Tags": tags(environment, "database"),
        "VPCSecurityGroups": [attribute(DATABASE_GROUP, "GroupId")],
    }


def _reasons(part: PostgresqlRds) -> dict[str, str]:
    reasons: dict[str, str] = {}
    if "." not in part.version:
        reasons["W3691"] = "a major version alone stands for its newest minor one, to which RDS goes by itself"
    if not part.multi_az:
        reasons["CKV_AWS_157"] = "a standby would double the price; stack.postgresql.multi_az adds one"
    return reasons


def _monitoring_role(environment: Environment) -> Resource:
    """What lets RDS write the figures of the machine below (enhanced monitoring).

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
    """
    own_account = {"aws:SourceAccount": ref("AWS::AccountId")}
    policy = substituted("arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole")
    return resource("AWS::IAM::Role", {
        "AssumeRolePolicyDocument": trust("monitoring.rds.amazonaws.com", StringEquals=own_account),
        "ManagedPolicyArns": [policy],
        "Tags": tags(environment),
    })  # fmt: skip
