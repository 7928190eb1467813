"""Secrets in parameters of AWS: the real boto3 asks a server that answers as AWS does."""

from __future__ import annotations

import sys
import threading

import pytest

from answering_aws import Answering, serving
from kkinfra.errors import SecretError
from kkinfra.system import extras

pytest.importorskip("boto3", reason="asks AWS; `nox -s tests` installs boto3")
pytestmark = pytest.mark.usefixtures("aws_settings")

NAME = "/kkambbaki/production/POSTGRES_PASSWORD"


def found(given, held):
    """The parameter, decrypted."""
    if given["Name"] not in held or not given["WithDecryption"]:
        return None
    return {"Parameter": {"Name": given["Name"], "Type": "SecureString", "Value": held[given["Name"]]}}


@pytest.fixture
def aws(monkeypatch):
    with serving(monkeypatch, "SSM", found, "ParameterNotFound") as server:
        yield server


@pytest.fixture
def stored(project):
    """The password comes from a parameter."""
    project.comes_from(f"{{aws_parameter: {NAME}}}")
    return project


def test_a_parameter_is_read_decrypted_from_the_environments_region(stored, aws):
    aws.held[NAME] = "비밀 word"
    assert stored.password() == "비밀 word"
    ((target, given, authorization),) = aws.asked
    assert (target, given) == ("AmazonSSM.GetParameter", {"Name": NAME, "WithDecryption": True})
    assert "/ap-northeast-2/ssm/" in authorization


def test_a_cluster_has_no_region_so_that_of_the_settings_counts(stored, aws, monkeypatch):
    aws.held[NAME] = "word"
    environment = stored.environment("alpha")
    with pytest.raises(SecretError, match=r"no AWS region is known \(NoRegionError\); set AWS_DEFAULT_REGION"):
        stored.read("alpha")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert stored.read("alpha", ["POSTGRES_PASSWORD"]) == {"POSTGRES_PASSWORD": "word"}
    assert environment.name == "alpha"
    assert "/eu-west-1/ssm/" in aws.asked[0][2]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("ParameterNotFound", f"there is no parameter {NAME} in ap-northeast-2; `aws ssm put-parameter"),
        (
            "AccessDeniedException",
            f"you may not read the parameter {NAME} in ap-northeast-2 (AccessDeniedException); allow",
        ),
        ("ThrottlingException", "AWS is asked too often (ThrottlingException); try again in a minute"),
        ("ExpiredTokenException", "the AWS credentials have expired (ExpiredTokenException); log in anew"),
        ("UnrecognizedClientException", "AWS does not accept the credentials (UnrecognizedClientException); set AWS_P"),
        ("InvalidSignatureException", "AWS does not accept the credentials (InvalidSignatureException); set AWS_PROFI"),
        ("com.amazonaws.ssm#InvalidKeyId", f"AWS refuses the parameter {NAME} in ap-northeast-2 (InvalidKeyId); see"),
        ("ValidationException", f"AWS refuses the parameter {NAME} in ap-northeast-2 (ValidationException); see why"),
    ],
)
def test_what_aws_refuses_comes_with_what_helps(stored, aws, code, problem):
    aws.refuses(code)
    told = stored.problem()
    assert told.startswith(problem)
    assert "s3ntinel" not in told


def test_what_fails_at_aws_is_tried_again(stored, aws):
    aws.refuses("InternalServerError", 500)
    assert "(InternalServerError); see why with `aws ssm get-parameter" in stored.problem()
    assert len(aws.asked) == 3


def test_a_throttled_one_does_not_hinder_the_next(stored, aws):
    aws.refuses("ThrottlingException")
    aws.held[NAME] = "word"
    text = stored.spec.read_text()
    stored.spec.write_text(text.replace("{env: FLOWER_BASIC_AUTH, readers", "{aws_parameter: /key, readers"))
    with pytest.raises(SecretError) as raised:
        stored.read()
    assert [name for name, _ in raised.value.missing] == ["FLOWER_BASIC_AUTH"]


def two(project):
    text = project.spec.read_text()
    project.spec.write_text(text.replace("{env: DJANGO_SECRET_KEY}", "{aws_parameter: /key}"))
    with pytest.raises(SecretError) as raised:
        project.read()
    ((first, problem), (second, same)) = raised.value.missing
    assert (first, second) == ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD")
    assert problem == same
    return problem


def test_credentials_that_are_not_accepted_are_tried_once(stored, aws):
    aws.refuses("UnrecognizedClientException")
    assert "AWS does not accept the credentials" in two(stored)
    assert len(aws.asked) == 1


def test_no_credentials(stored, aws, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    problem = two(stored)
    assert problem.startswith("there are no AWS credentials here (NoCredentialsError); set AWS_PROFILE")
    assert aws.asked == []


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [("AWS_PROFILE", "absent", "ProfileNotFound"), ("AWS_SECRET_ACCESS_KEY", "", "PartialCredentialsError")],
)
def test_credentials_that_are_not_whole(stored, aws, monkeypatch, name, value, error):
    monkeypatch.setenv(name, value)
    assert stored.problem().startswith(f"there are no AWS credentials here ({error}); set AWS_PROFILE")


def test_a_login_that_is_over(stored, aws, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "me")
    config = "[profile me]\nsso_session = us\nsso_account_id = 1\nsso_role_name = x\n"
    stored.write(
        "AWS_CONFIG_FILE", f"{config}[sso-session us]\nsso_region = eu-west-1\nsso_start_url = https://x.invalid\n"
    )
    problem = stored.problem()
    assert problem.startswith("there are no AWS credentials here (")
    assert "`aws sso login`" in problem


def test_nobody_answers(stored, aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:9")
    problem = two(stored)
    assert problem.startswith("AWS Systems Manager in ap-northeast-2 is not reached (EndpointConnectionError); check")


def test_an_answer_that_does_not_come(stored, aws, monkeypatch):
    enough = threading.Event()
    monkeypatch.setattr("kkinfra.secrets.sources.aws_client._READ_SECONDS", 0.2)
    monkeypatch.setattr(Answering, "do_POST", lambda _: enough.wait(20))
    problem = stored.problem()
    enough.set()
    assert problem.startswith("AWS Systems Manager in ap-northeast-2 is not reached (ReadTimeoutError); check")


def test_boto3_is_not_installed(stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert two(stored).endswith(f"; {extras.remedy('aws')}")


def test_an_endpoint_that_is_none(stored, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "nonsense")
    assert stored.problem() == f"boto3 failed with ValueError; see why with `aws ssm get-parameter --name {NAME}`"
