"""AWS, played: boto3 itself builds and checks each request, and each answer is checked against botocore's model of it.

It keeps one stack with its change sets and events. What an operation does to it is told beforehand (`ends_with`).
"""

# ruff: noqa: FBT001, N802, N803, S105 - AWS's own names, and a secret to look for

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.validate import validate_parameters

import change_sets

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

ACCOUNT, REGION, STACK = "123456789012", "ap-northeast-2", "kkambbaki-production"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/kim"
ARN = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/1"
BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
OUTPUTS = {
    "Address": "203.0.113.7", "DatabaseEndpoint": "db.example.org", "DatabasePort": "5432", "InstanceId": "i-1",
    "DatabaseSecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1",
}  # fmt: skip


class RefusedError(Exception):
    """What AWS would refuse."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message


class AwsDouble:
    """`calls` are (SERVICE:OPERATION, parameters); `refuses` maps an operation to the error that it ends with."""

    def __init__(self) -> None:
        self.account = ACCOUNT
        self.status = ""
        self.parameters = {"ImageId": "ami-1", "SshPublicKey": "ssh-ed25519 AAAA"}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, RefusedError | Callable[[], None]] = {}
        self.changes: tuple[dict[str, Any], ...] = (change_sets.GROWN,)
        self.fails_with = ""
        self.pending = 1
        self.outputs = dict(OUTPUTS)
        self.sets: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.to_come: list[tuple[str, str, str]] = []
        self.resources: dict[str, str] = {}
        self.drifts: list[dict[str, Any]] = []
        self.identifiers: dict[str, tuple[str, list[str]]] = {}
        self.template: str = ""
        self.secret = '{"username": "postgres", "password": "m4ster-s3ntinel"}'
        self.began_by = ""
        self._number = 0

    def is_there(self, status: str = "UPDATE_COMPLETE") -> None:
        """The stack was made before, and is in that state."""
        self.happens(STACK, "CREATE_IN_PROGRESS", token="other")
        self.happens(STACK, "CREATE_COMPLETE", token="other")
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            self.happens(STACK, "UPDATE_IN_PROGRESS", token="other")
            self.status = status

    def ends_with(self, *events: tuple[str, str] | tuple[str, str, str]) -> None:
        """The events that follow what is executed: logical ID, status and perhaps a reason; each poll shows one."""
        self.to_come = [(each[0], each[1], each[2] if len(each) > 2 else "") for each in events]

    def happens(self, logical_id: str, status: str, reason: str = "", token: str = "") -> None:
        self._number += 1
        of_stack = logical_id == STACK
        event = {
            "EventId": f"e{self._number}", "StackId": ARN, "StackName": STACK, "LogicalResourceId": logical_id,
            "PhysicalResourceId": ARN if of_stack else f"id-of-{logical_id}", "ResourceStatus": status,
            "ResourceType": "AWS::CloudFormation::Stack" if of_stack else "AWS::X::Y",
            "Timestamp": BEGAN + timedelta(seconds=10 * self._number),
        }  # fmt: skip
        event |= {"ResourceStatusReason": reason} if reason else {}
        event |= {"ClientRequestToken": token} if token else {}
        self.events.insert(0, event)
        if of_stack:
            self.status = status
        else:
            self.resources[logical_id] = status

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The parameters of each call of an operation."""
        return [given for name, given in self.calls if name.endswith(f":{operation}")]

    def answer(self, service: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        """What AWS answers; raises RefusedError."""
        self.calls.append((f"{service}:{operation}", given))
        assert len(self.calls) < 300, "this is followed without an end"
        refused = self.refuses.get(operation)
        if isinstance(refused, RefusedError):
            raise refused
        if refused is not None:
            refused()
        found = getattr(self, operation)(**given)
        return dict(found or {})

    def GetCallerIdentity(self) -> Any:
        return {"Account": self.account, "Arn": CALLER, "UserId": "AIDA"}

    def GetParameter(self, Name: str) -> Any:
        return {"Parameter": {"Name": Name, "Type": "String", "Value": "ami-0newest"}}

    def GetSecretValue(self, SecretId: str) -> Any:
        return {"ARN": SecretId, "Name": "rds!db-1", "SecretString": self.secret}

    def DescribeStacks(self, StackName: str) -> Any:
        assert StackName in {STACK, ARN}
        if not self.status:
            raise RefusedError("ValidationError", f"Stack with id {StackName} does not exist")
        has_outputs = self.status.endswith("_COMPLETE") and "ROLLBACK" not in self.status
        parameters = {} if self.status == "REVIEW_IN_PROGRESS" else self.parameters
        found = {
            "StackId": ARN, "StackName": STACK, "StackStatus": self.status, "CreationTime": BEGAN,
            "Parameters": [{"ParameterKey": key, "ParameterValue": each} for key, each in parameters.items()],
            "Outputs": [
                {"OutputKey": key, "OutputValue": each} for key, each in (self.outputs if has_outputs else {}).items()
            ],
        }  # fmt: skip
        return {"Stacks": [found]}

    def CreateChangeSet(self, StackName: str, ChangeSetName: str, ChangeSetType: str, **given: Any) -> Any:
        exists = bool(self.status) and self.status != "REVIEW_IN_PROGRESS"
        assert ChangeSetType == "IMPORT" or exists != (ChangeSetType == "CREATE"), (
            "the type of the change set does not fit the stack"
        )
        if not exists and not self.status:
            self.happens(STACK, "REVIEW_IN_PROGRESS")
        arn = f"{ARN.replace(':stack/', ':changeSet/')}-{len(self.sets)}"
        self.sets[arn] = {"name": ChangeSetName, "execution": "AVAILABLE", "left": self.pending, **given}
        return {"Id": arn, "StackId": ARN}

    def DescribeChangeSet(self, ChangeSetName: str, IncludePropertyValues: bool, NextToken: str = "") -> Any:
        assert IncludePropertyValues
        if ChangeSetName not in self.sets:
            raise RefusedError("ChangeSetNotFound", "ChangeSet does not exist")
        made = self.sets[ChangeSetName]
        told = {"ChangeSetName": made["name"], "ChangeSetId": ChangeSetName, "StackId": ARN}
        made["left"] -= 1
        if made["left"] >= 0:
            return change_sets.answer(**told, Status="CREATE_IN_PROGRESS", ExecutionStatus="UNAVAILABLE")
        if self.fails_with:
            return change_sets.answer(
                **told, Status="FAILED", ExecutionStatus="UNAVAILABLE", StatusReason=self.fails_with
            )
        changes = self.changes[1:] if NextToken else self.changes[:1]
        more = {"NextToken": "2"} if len(self.changes) > 1 and not NextToken else {}
        return change_sets.answer(*changes, **told, ExecutionStatus=made["execution"], **more)

    def DescribeEvents(self, ChangeSetName: str, Filters: Any) -> Any:
        assert Filters == {"FailedEvents": True}
        event = {
            "EventType": "VALIDATION_ERROR", "LogicalResourceId": "Database", "ValidationPath": "/Resources/Database",
            "ValidationStatusReason": "Property Engin is not defined",
        }  # fmt: skip
        return {"OperationEvents": [event]}

    def DeleteChangeSet(self, ChangeSetName: str) -> Any:
        del self.sets[ChangeSetName]

    def ListChangeSets(self, StackName: str) -> Any:
        return {"Summaries": [{"ChangeSetId": arn, "StackId": ARN} for arn in self.sets]}

    def DeleteStack(self, StackName: str) -> Any:
        assert self.status == "REVIEW_IN_PROGRESS", "only a stack of nothing is deleted"
        assert not self.sets
        self.status = ""

    def ExecuteChangeSet(self, ChangeSetName: str, ClientRequestToken: str) -> Any:
        made = self.sets[ChangeSetName]
        if made["execution"] != "AVAILABLE":
            raise RefusedError("InvalidChangeSetStatus", "ChangeSet cannot be executed in its current status")
        self.sets.clear()
        self.began_by = ClientRequestToken

    def DescribeStackEvents(self, StackName: str, NextToken: str = "") -> Any:
        assert StackName == ARN, "events are asked for by the stack's ARN, which outlives its name"
        if not NextToken:
            found = {"StackEvents": self.events[:2]} | ({"NextToken": "2"} if len(self.events) > 2 else {})
            if self.to_come and self.began_by:
                self.happens(*self.to_come.pop(0), token=self.began_by)
            return found
        return {"StackEvents": self.events[2:]}

    def ListStackResources(self, StackName: str) -> Any:
        found = [
            {"LogicalResourceId": name, "ResourceStatus": status, "ResourceType": "AWS::X::Y",
             "LastUpdatedTimestamp": BEGAN}
            for name, status in self.resources.items()
        ]  # fmt: skip
        return {"StackResourceSummaries": found}

    def GetTemplate(self, StackName: str, TemplateStage: str) -> Any:
        return {"TemplateBody": self.template}

    def GetTemplateSummary(self, TemplateBody: str) -> Any:
        found = [
            {"ResourceType": of, "LogicalResourceIds": [name], "ResourceIdentifiers": keys}
            for name, (of, keys) in self.identifiers.items()
        ]
        return {"ResourceIdentifierSummaries": found}

    def DetectStackDrift(self, StackName: str) -> Any:
        self.detections = 2
        return {"StackDriftDetectionId": "d-1"}

    def DescribeStackDriftDetectionStatus(self, StackDriftDetectionId: str) -> Any:
        self.detections -= 1
        status = "DETECTION_IN_PROGRESS" if self.detections else "DETECTION_COMPLETE"
        return {
            "StackId": ARN, "StackDriftDetectionId": StackDriftDetectionId, "DetectionStatus": status,
            "Timestamp": BEGAN,
        }  # fmt: skip

    def DescribeStackResourceDrifts(self, StackName: str) -> Any:
        common = {"StackId": ARN, "Timestamp": BEGAN}
        return {"StackResourceDrifts": [{**common, **each} for each in self.drifts]}


def play(monkeypatch: pytest.MonkeyPatch) -> AwsDouble:
    """Let each client of boto3 that is made from now on ask a double."""
    double, real = AwsDouble(), boto3.Session

    def session() -> Any:
        made = real(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="s3ntinel")
        given: dict[str, Any] = {}
        made.events.register("before-parameter-build", lambda params, **_: given.update(now=dict(params)))
        made.events.register("before-call", lambda model, **_: _answered(double, model, given["now"]))
        return made

    monkeypatch.setattr(boto3, "Session", session)
    return double


def _answered(double: AwsDouble, model: Any, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    service = model.service_model.service_name
    try:
        answer = double.answer(service, model.name, given)
    except RefusedError as error:
        said = {"Error": {"Code": error.code, "Message": error.message}, "ResponseMetadata": {}}
        return SimpleNamespace(status_code=400), said
    if model.output_shape is not None:
        validate_parameters(answer, model.output_shape)
        unknown = answer.keys() - model.output_shape.members.keys()
        assert not unknown, f"{model.name} answers no {unknown}"
    return SimpleNamespace(status_code=200), {**answer, "ResponseMetadata": {}}
