"""Secrets in AWS Secrets Manager: the real boto3 asks a server that answers as AWS does."""

from __future__ import annotations

import sys

import pytest

from answering_aws import serving
from kkinfra.errors import SecretError, SpecError
from kkinfra.system import extras

pytest.importorskip("boto3", reason="asks AWS; `nox -s tests` installs boto3")
pytestmark = pytest.mark.usefixtures("aws_settings")

NAME = "kkambbaki/production"
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:kkambbaki/production-AbCdEf"
OBJECT = '{"username": "kkambbaki", "password": "비밀 word", "port": 5432}'


def found(given, held):
    """The secret, as text or binary."""
    value = held.get(given["SecretId"])
    kind = "SecretBinary" if isinstance(value, bytes) else "SecretString"
    return value and {"Name": given["SecretId"], kind: value.decode() if isinstance(value, bytes) else value}


@pytest.fixture
def aws(monkeypatch):
    with serving(monkeypatch, "SECRETS_MANAGER", found, "ResourceNotFoundException") as server:
        yield server


@pytest.fixture
def stored(project):
    """The password is an entry of a secret."""
    project.comes_from(f"{{aws_secret: {NAME}, key: password}}")
    return project


def test_an_entry_is_read_from_the_environments_region(stored, aws):
    aws.held[NAME] = OBJECT
    assert stored.password() == "비밀 word"
    ((target, given, authorization),) = aws.asked
    assert (target, given) == ("secretsmanager.GetSecretValue", {"SecretId": NAME})
    assert "/ap-northeast-2/secretsmanager/" in authorization


def test_an_arn_is_asked_for_in_its_own_region(project, aws):
    project.comes_from(f'{{aws_secret: "{ARN}"}}')
    aws.held[ARN] = "plain word"
    assert project.password() == "plain word"
    assert "/us-east-1/secretsmanager/" in aws.asked[0][2]


def test_without_a_key_all_of_it_is_the_secret(project, aws):
    project.comes_from(f"{{aws_secret: {NAME}}}")
    aws.held[NAME] = OBJECT
    assert project.password() == OBJECT


def test_a_secret_with_several_entries_is_asked_for_once(stored, aws):
    text = stored.spec.read_text()
    user = f"{{aws_secret: {NAME}, key: username}}"
    stored.spec.write_text(text.replace("{env: DJANGO_SECRET_KEY}", user))
    aws.held[NAME] = OBJECT
    read = stored.read(names=["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"])
    assert list(read.values()) == ["kkambbaki", "비밀 word"]
    assert len(aws.asked) == 1


@pytest.mark.parametrize(
    ("held", "problem"),
    [
        (None, f"there is no secret {NAME} in ap-northeast-2; `aws secretsmanager create-secret --name {NAME} --sec"),
        (b"czNudGluZWw=", f"{NAME} is binary; keep it as text, in Base64"),
        ("s3ntinel", f"{NAME} is no JSON object, so it has no entry password; take `key` out to read all of it"),
        ('["s3ntinel"]', f"{NAME} is no JSON object, so it has no entry password; take `key` out"),
        ("[" * 100_000, f"{NAME} is no JSON object, so it has no entry password; take `key` out"),
        ('{"pass": "s3ntinel"}', f"{NAME} has no entry password; add it in Secrets Manager, or name another"),
        ('{"password": ["s3ntinel"]}', f"the entry password of {NAME} is no text; put it into quotes in Secrets Ma"),
        ('{"password": " "}', "is empty; put the secret there"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_without_any_of_it(stored, aws, held, problem):
    aws.held[NAME] = held
    told = stored.problem()
    assert told.startswith(problem)
    assert "s3ntinel" not in told


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("AccessDeniedException", f"you may not read the secret {NAME} in ap-northeast-2 (AccessDeniedException); al"),
        ("ThrottlingException", "AWS is asked too often (ThrottlingException); try again in a minute"),
        ("ExpiredTokenException", "the AWS credentials have expired (ExpiredTokenException); log in anew"),
        ("UnrecognizedClientException", "AWS does not accept the credentials (UnrecognizedClientException); set AWS_P"),
        ("DecryptionFailure", f"AWS refuses the secret {NAME} in ap-northeast-2 (DecryptionFailure); see why with `aw"),
    ],
)  # fmt: skip
def test_what_aws_refuses_comes_with_what_helps(stored, aws, code, problem):
    aws.refuses(code)
    told = stored.problem()
    assert told.startswith(problem)
    assert "s3ntinel" not in told


def test_what_hinders_all_of_them_is_found_out_once(stored, aws):
    text = stored.spec.read_text()
    stored.spec.write_text(text.replace("{env: DJANGO_SECRET_KEY}", "{aws_secret: other}"))
    aws.refuses("UnrecognizedClientException")
    with pytest.raises(SecretError) as raised:
        stored.read()
    assert [name for name, _ in raised.value.missing] == ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"]
    assert len(aws.asked) == 1


def test_boto3_is_not_installed(stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert stored.problem().endswith(f"; {extras.remedy('aws')}")


def test_the_master_password_that_rds_changes_is_refused(project):
    project.comes_from('{aws_secret: "rds!db-0a1b2c3d", key: password}')
    with pytest.raises(SpecError) as raised:
        project.environment()
    assert {issue.problem for issue in raised.value.issues} == {
        "is a master password, which RDS changes each week, and a deploy reads once; name another, since "
        f"`kkinfra provision {name} --database` makes a role of the product's own" + (f" (in {name})")
        for name in ("alpha", "production")
    }


def test_the_check_tells_where_it_comes_from(stored, aws, kkinfra):
    aws.held[NAME] = OBJECT
    done = kkinfra("secrets", "check", "production")
    assert f"aws_secret {NAME}#password" in done.output
    assert "비밀" not in done.output + done.errors
