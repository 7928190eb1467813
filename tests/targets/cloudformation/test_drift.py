"""`provision ENV --drift`: what was changed by hand, named with property, expected and actual value; exit code 2."""

from __future__ import annotations

import json

from aws_double import RefusedError

CHANGED = {
    "LogicalResourceId": "Database", "ResourceType": "AWS::RDS::DBInstance", "StackResourceDriftStatus": "MODIFIED",
    "PropertyDifferences": [
        {"PropertyPath": "/BackupRetentionPeriod", "ExpectedValue": "7", "ActualValue": "1",
         "DifferenceType": "NOT_EQUAL"},
        {"PropertyPath": "/Tags/4", "ExpectedValue": "null", "ActualValue": '{"Key":"by","Value":"hand"}',
         "DifferenceType": "ADD"},
        {"PropertyPath": "/MasterUserPassword", "ExpectedValue": "s3ntinel-1", "ActualValue": "s3ntinel-2",
         "DifferenceType": "NOT_EQUAL"},
    ],
}  # fmt: skip
GONE = {
    "LogicalResourceId": "HostAddress", "ResourceType": "AWS::EC2::EIP", "StackResourceDriftStatus": "DELETED",
}  # fmt: skip
SAME = {"LogicalResourceId": "Vpc", "ResourceType": "AWS::EC2::VPC", "StackResourceDriftStatus": "IN_SYNC"}
UNSEEN = {
    "LogicalResourceId": "Host", "ResourceType": "AWS::EC2::Instance", "StackResourceDriftStatus": "UNKNOWN",
    "DriftStatusReason": "no permission to read it",
}  # fmt: skip


def test_what_was_changed_by_hand_is_told_from_actual_to_expected(aws, kkinfra):
    aws.is_there()
    aws.drifts = [SAME, CHANGED, GONE, UNSEEN]
    done = kkinfra("provision", "production", "--drift")
    assert done.code == 2, done.err
    assert "  ~ Database (AWS::RDS::DBInstance): changed by hand" in done.lines
    assert "      ~ BackupRetentionPeriod: 1 -> 7" in done.lines
    assert "      - Tags.4.Value: hand" in done.lines
    assert "  + HostAddress (AWS::EC2::EIP): changed by hand; it was deleted" in done.lines
    assert "  Host: no permission to read it" in done.lines
    assert "Vpc" not in done.out
    assert "s3ntinel" not in done.out


def test_where_nothing_was_changed_it_is_in_sync(aws, kkinfra):
    aws.is_there()
    aws.drifts = [SAME]
    done = kkinfra("provision", "production", "--drift")
    assert (done.code, "  nothing differs" in done.lines) == (0, True)


def test_json_has_every_value(aws, kkinfra):
    aws.is_there()
    aws.drifts = [CHANGED]
    document = json.loads(kkinfra("provision", "production", "--drift", "-o", "json").out)
    (change,) = document["changes"]
    assert (change["drift"], change["fields"][0]["before"], change["fields"][0]["after"]) == (True, 1, 7)


def test_a_stack_that_is_not_there_cannot_have_drifted(aws, kkinfra):
    done = kkinfra("provision", "production", "--drift")
    assert (done.code, "`kkinfra provision production` makes it" in done.err) == (1, True)


def test_what_aws_forbids_is_told(aws, kkinfra):
    aws.is_there()
    aws.refuses["DetectStackDrift"] = RefusedError("AccessDenied", "")
    assert "may not do cloudformation:DetectStackDrift; allow it" in kkinfra("provision", "production", "--drift").err
