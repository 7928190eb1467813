"""What CloudFormation does on behalf of whoever deploys, by type of resource: the actions of IAM that it needs.

From the registry's schemas (`handlers` and `tagging`: create, read, update, delete), without those of features that no
template of kkinfra uses: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAGS = ("ec2:CreateTags", "ec2:DeleteTags")
_RDS_TAGS = ("rds:AddTagsToResource", "rds:ListTagsForResource", "rds:RemoveTagsFromResource")

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::VPC": (
        "ec2:CreateVpc", "ec2:DeleteVpc", "ec2:DescribeNetworkAcls", "ec2:DescribeSecurityGroups",
        "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs", "ec2:ModifyVpcAttribute", *_TAGS,
    ),
    "AWS::EC2::InternetGateway": (
        "ec2:CreateInternetGateway", "ec2:DeleteInternetGateway", "ec2:DescribeInternetGateways", *_TAGS,
    ),
    "AWS::EC2::VPCGatewayAttachment": (
        "ec2:AttachInternetGateway", "ec2:DescribeInternetGateways", "ec2:DescribeVpnGateways",
        "ec2:DetachInternetGateway",
    ),
    "AWS::EC2::Subnet": (
        "ec2:CreateSubnet", "ec2:DeleteSubnet", "ec2:DescribeNetworkAcls", "ec2:DescribeSubnets",
        "ec2:ModifySubnetAttribute", *_TAGS,
    ),
    "AWS::EC2::RouteTable": ("ec2:CreateRouteTable", "ec2:DeleteRouteTable", "ec2:DescribeRouteTables", *_TAGS),
    "AWS::EC2::Route": ("ec2:CreateRoute", "ec2:DeleteRoute", "ec2:DescribeRouteTables", "ec2:ReplaceRoute"),
    "AWS::EC2::SubnetRouteTableAssociation": (
        "ec2:AssociateRouteTable", "ec2:DescribeRouteTables", "ec2:DescribeSubnets", "ec2:DisassociateRouteTable",
        "ec2:ReplaceRouteTableAssociation",
    ),
    "AWS::EC2::SecurityGroup": (
        "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup", "ec2:DescribeInstances", "ec2:DescribeSecurityGroups",
        "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
        "ec2:UpdateSecurityGroupRuleDescriptionsEgress", "ec2:UpdateSecurityGroupRuleDescriptionsIngress", *_TAGS,
    ),
    "AWS::EC2::EIP": ("ec2:AllocateAddress", "ec2:DescribeAddresses", "ec2:ReleaseAddress", *_TAGS),
    "AWS::EC2::EIPAssociation": ("ec2:AssociateAddress", "ec2:DescribeAddresses", "ec2:DisassociateAddress"),
    "AWS::EC2::Instance": (
        "ec2:AssociateIamInstanceProfile", "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeInstanceAttribute", "ec2:DescribeInstanceCreditSpecifications", "ec2:DescribeInstances",
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVolumes",
        "ec2:DescribeVpcs", "ec2:DisassociateIamInstanceProfile", "ec2:ModifyInstanceAttribute",
        "ec2:ModifyInstanceMetadataOptions", "ec2:ReplaceIamInstanceProfileAssociation", "ec2:RunInstances",
        "ec2:StartInstances", "ec2:StopInstances", "ec2:TerminateInstances", "iam:PassRole", *_TAGS,
    ),
    "AWS::IAM::Role": (
        "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
        "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies",
        "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        "iam:UpdateRoleDescription",
    ),
    "AWS::IAM::InstanceProfile": (
        "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
        "iam:GetInstanceProfile", "iam:PassRole", "iam:RemoveRoleFromInstanceProfile",
    ),
    "AWS::RDS::DBSubnetGroup": (
        "iam:CreateServiceLinkedRole", "rds:CreateDBSubnetGroup", "rds:DeleteDBSubnetGroup",
        "rds:DescribeDBSubnetGroups", "rds:ModifyDBSubnetGroup", *_RDS_TAGS,
    ),
    "AWS::RDS::DBParameterGroup": (
        "rds:CreateDBParameterGroup", "rds:DeleteDBParameterGroup", "rds:DescribeDBParameterGroups",
        "rds:DescribeDBParameters", "rds:DescribeEngineDefaultParameters", "rds:ModifyDBParameterGroup",
        "rds:ResetDBParameterGroup", *_RDS_TAGS,
    ),
    "AWS::RDS::DBInstance": (
        "ec2:DescribeAccountAttributes", "ec2:DescribeAvailabilityZones", "ec2:DescribeInternetGateways",
        "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcs",
        "iam:CreateServiceLinkedRole", "iam:PassRole", "kms:DescribeKey", "rds:CreateDBInstance",
        "rds:CreateDBSnapshot", "rds:DeleteDBInstance", "rds:DescribeDBEngineVersions", "rds:DescribeDBInstances",
        "rds:DescribeDBParameterGroups", "rds:DescribeDBSnapshots", "rds:DescribeEvents", "rds:ModifyDBInstance",
        "rds:RebootDBInstance", "secretsmanager:CreateSecret", "secretsmanager:TagResource", "rds:AddTagsToResource",
        "rds:RemoveTagsFromResource",
    ),
}  # fmt: skip
"""By type of resource. Keys of AWS's own (EBS, RDS, Secrets Manager) let whoever may use the service use them."""
