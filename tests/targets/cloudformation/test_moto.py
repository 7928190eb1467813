"""The real template at moto, as far as moto is honest: what is made, and that a dry run makes nothing.

It is no judge of updates, protection, drift and events; those are played (`aws_double`).
"""

from __future__ import annotations

import json

import boto3
import pytest

from kkinfra.targets.cloudformation import session
from kkinfra.targets.cloudformation.stack.template import read_template

moto = pytest.importorskip("moto")
REGION, STACK = "ap-northeast-2", "kkambbaki-production"


@pytest.fixture
def region(monkeypatch, tmp_path, kkinfra):
    """An account that is empty but for AWS's own images, and a template without the one thing that stops moto."""
    spec = tmp_path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("zones: [a, c]", "zones: [a, c], os: amazon-linux-2023"))
    real = session.template_of

    def without_parameter_group(tree):
        found = json.loads(json.dumps(real(tree).tree))
        del found["Resources"]["Database"]["Properties"]["DBParameterGroupName"]  # moto takes no Ref to one
        return read_template(json.dumps(found))

    monkeypatch.setattr(session, "template_of", without_parameter_group)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3ntinel")
    with moto.mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


def test_a_dry_run_makes_nothing(region, kkinfra):
    done = kkinfra("provision", "production", "--dry-run", "--key", "key.pub")
    assert done.code == 0, done.err
    assert "  + Database (AWS::RDS::DBInstance)" in done.lines
    assert region("cloudformation").describe_stacks()["Stacks"] == []
    assert region("rds").describe_db_instances()["DBInstances"] == []


@pytest.mark.filterwarnings("ignore:Tried to parse AWS..EC2..EIPAssociation")
def test_what_is_agreed_to_is_made(region, kkinfra):
    done = kkinfra("provision", "production", "--yes", "--key", "key.pub")
    assert done.code == 0, done.err
    (stack,) = region("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    (database,) = region("rds").describe_db_instances()["DBInstances"]
    assert (database["StorageEncrypted"], database["PubliclyAccessible"]) == (True, False)
    instances = [each for one in region("ec2").describe_instances()["Reservations"] for each in one["Instances"]]
    assert [each["InstanceType"] for each in instances] == ["t2.micro"]
