"""Answers of DescribeChangeSet, in the shapes of botocore's service model; figures and names are made up."""

from __future__ import annotations

from typing import Any

DATABASE, HOST, ADDRESS = "AWS::RDS::DBInstance", "AWS::EC2::Instance", "AWS::EC2::EIP"
LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


def detail(
    name: str, before: str | None = None, after: str | None = None, *, recreation: str = "Never",
    evaluation: str = "Static", source: str = "DirectModification", cause: str = "", attribute: str = "Properties",
) -> dict[str, Any]:  # fmt: skip
    """A detail of a change: a property, or another attribute."""
    target: dict[str, Any] = {"Attribute": attribute, "RequiresRecreation": recreation}
    target |= {"Name": name, "Path": f"/{attribute}/{name.replace('.', '/')}"} if name else {}
    target |= {"BeforeValue": before} if before is not None else {}
    target |= {"AfterValue": after} if after is not None else {}
    found = {"Target": target, "Evaluation": evaluation, "ChangeSource": source}
    return found | ({"CausingEntity": cause} if cause else {})


def change(logical_id: str, of: str, action: str, *details: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A change of a resource."""
    said: dict[str, Any] = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": of, **more}
    scope = sorted({each["Target"]["Attribute"] for each in details})
    return {"Type": "Resource", "ResourceChange": {**said, "Scope": scope, "Details": [*details]}}


def answer(*changes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What DescribeChangeSet answers, in one page."""
    arn = "arn:aws:cloudformation:ap-northeast-2:123456789012"
    return {
        "ChangeSetName": "kkinfra-1", "ChangeSetId": f"{arn}:changeSet/kkinfra-1/1",
        "StackId": f"{arn}:stack/kkambbaki-production/1", "StackName": "kkambbaki-production",
        "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": [*changes], **more,
    }  # fmt: skip


GROWN = change("Database", DATABASE, "Modify", detail("AllocatedStorage", "20", "30"), Replacement="False")
REPLACED = change(
    "Database", DATABASE, "Modify", detail("StorageEncrypted", "false", "true", recreation="Always"),
    Replacement="True", PhysicalResourceId="kkambbaki-db", PolicyAction="ReplaceAndSnapshot",
)  # fmt: skip
ADDED = change("Alarm", "AWS::CloudWatch::Alarm", "Add", AfterContext='{"Properties":{"Threshold":"80"}}')
REMOVED = change(
    "Address", ADDRESS, "Remove", PhysicalResourceId="203.0.113.7", PolicyAction="Delete",
    BeforeContext='{"Properties":{"Domain":"vpc"}}',
)  # fmt: skip
