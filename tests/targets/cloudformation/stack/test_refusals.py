"""What AWS refuses is told with the action, the resource and the next step, and never with more than that."""

from __future__ import annotations

import pytest

from kkinfra.targets.cloudformation.stack.refusals import denied_in, permission_hint, refusal

STACK = "arn:aws:cloudformation:ap-northeast-2:123456789012:stack/kkambbaki-production/*"
DENIED = (
    "User: arn:aws:iam::123456789012:user/kim is not authorized to perform: cloudformation:CreateChangeSet "
    f"on resource: {STACK} because no identity-based policy allows the cloudformation:CreateChangeSet action"
)
OF_RDS = (
    "User: arn:aws:sts::1:assumed-role/d/kim is not authorized to perform: rds:CreateDBInstance on resource: "
    "arn:aws:rds:ap-northeast-2:1:db:x because no identity-based policy allows it"
)
ENCODED = "You are not authorized to perform this operation. Encoded authorization failure message: 4GxIdT3n"


class ClientError(Exception):
    """As botocore raises it."""

    def __init__(self, code, message=""):
        super().__init__(code)
        self.response = {"Error": {"Code": code, "Message": message}}


def told(error, asked="cloudformation:CreateChangeSet"):
    return str(refusal(error, asked, "ap-northeast-2", "production"))


def test_a_missing_permission_names_action_resource_and_who():
    assert told(ClientError("AccessDenied", DENIED)) == (
        "AWS refuses (AccessDenied): arn:aws:iam::123456789012:user/kim may not do cloudformation:CreateChangeSet on "
        f"{STACK}; allow it: `kkinfra provision production --policy` prints all that is needed"
    )


def test_a_permission_that_aws_does_not_name_is_the_one_that_was_asked_for():
    assert "may not do cloudformation:DescribeStacks; allow it" in told(
        ClientError("AccessDenied"), "cloudformation:DescribeStacks"
    )


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            DENIED.replace("no identity-based policy allows the", "with an explicit deny in the"),
            "an explicit deny",
        ),
        (DENIED.replace("no identity-based policy", "no permissions boundary"), "a permissions boundary forbids it"),
        (
            DENIED.replace("no identity-based policy", "no service control policy"),
            "a service control policy",
        ),
    ],
)
def test_what_forbids_it_is_told(said, remedy):
    assert remedy in permission_hint(said, "production")


@pytest.mark.parametrize(
    ("reason", "action", "resource"),
    [
        (DENIED, "cloudformation:CreateChangeSet", STACK),
        (f"API: ec2:RunInstances {ENCODED}", "ec2:RunInstances", ""),
        (f"Resource handler returned message: {OF_RDS}", "rds:CreateDBInstance", "arn:aws:rds:ap-northeast-2:1:db:x"),
    ],
)  # fmt: skip
def test_a_missing_permission_is_found_in_the_reasons_of_events_too(reason, action, resource):
    found = denied_in(reason)
    assert (found.action, found.resource) == (action, resource)


def test_other_reasons_are_about_no_permission():
    assert denied_in("The subnet ID 'subnet-1' does not exist") is None
    assert permission_hint("not authorized", "production") == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ExpiredToken", "the AWS credentials have expired (ExpiredToken); log in anew: set AWS_PROFILE"),
        ("InvalidClientTokenId", "AWS does not accept the credentials (InvalidClientTokenId); "),
        ("Throttling", "AWS is asked too often (Throttling, cloudformation:CreateChangeSet), and still was after"),
        ("InvalidChangeSetStatus", "the stack was changed since this change set was made"),
        ("ChangeSetNotFound", "the change set is not there any more"),
        ("LimitExceededException", "ask for a higher quota"),
        ("ValidationError", "cloudformation:CreateChangeSet in ap-northeast-2 failed (ValidationError): no reason"),
    ],
)
def test_every_refusal_has_a_next_step(code, words):
    assert words in told(ClientError(code))


def test_without_credentials_or_network_it_is_told_so():
    class NoCredentialsError(Exception):
        pass

    class EndpointConnectionError(ConnectionError):
        pass

    assert told(NoCredentialsError()).startswith("there are no AWS credentials here (NoCredentialsError); set AWS_")
    assert told(EndpointConnectionError()).startswith("AWS in ap-northeast-2 is not reached (EndpointConnectionError)")
