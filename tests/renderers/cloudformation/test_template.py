"""What the CloudFormation template says, for the real production and for changes of it."""

from __future__ import annotations

import re

import pytest

import quick_yaml
from checkout import SPEC_FILE
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import resolve_document
from kkinfra.spec.overlay import Layer, merge
from kkinfra.values.document import parse
from kkinfra.values.yaml_text import document
from kkinfra_cloudformation import CloudFormationRenderer

REAL = parse(SPEC_FILE.read_text(), "f").value
RENDERERS = {"cloudformation": CloudFormationRenderer()}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@laptop.example-1"


def production(**changes):
    """Production with changes merged into it; whether it is valid as a whole is checked."""
    value = merge([Layer((), REAL), Layer((), {"environments": {"production": changes}})])
    return resolve_document(parse(document(value), "f"), "f").environments["production"]


def template(**changes):
    return quick_yaml.load(render(production(**changes), RENDERERS)["cloudformation/stack.yaml"].content)


def host(**changes):
    return template(platform={"host": changes})


def properties(written, name):
    return written["Resources"][name]["Properties"]


def cloud_config(written):
    text = properties(written, "Host")["UserData"]["Fn::Base64"]["Fn::Sub"]
    assert text.startswith("#cloud-config\n")
    assert re.findall(r"\$\{[^}]*\}", text) == ["${SshPublicKey}"]
    return quick_yaml.load(text.replace("${SshPublicKey}", KEY))


@pytest.fixture(scope="module")
def real():
    return template()


def test_a_host_that_is_there_already_is_left_alone():
    assert list(CloudFormationRenderer().render(production(platform={"host": {"account": None, "zones": None}}))) == []


def test_the_database_is_encrypted_private_protected_and_kept(real):
    database = real["Resources"]["Database"]
    assert database["DeletionPolicy"] == database["UpdateReplacePolicy"] == "Snapshot"
    said = database["Properties"]
    wanted = {
        "Engine": "postgres", "EngineVersion": "15", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": "20",
        "StorageEncrypted": True, "PubliclyAccessible": False, "DeletionProtection": True, "BackupRetentionPeriod": 7,
        "ManageMasterUserPassword": True, "MultiAZ": False, "AutoMinorVersionUpgrade": True,
        "AllowMajorVersionUpgrade": False, "EnableCloudwatchLogsExports": ["postgresql", "upgrade"],
    }  # fmt: skip
    assert {key: said[key] for key in wanted} == wanted
    assert "MasterUserPassword" not in said
    assert "DBName" not in said, "another name would replace the instance"
    assert properties(real, "DatabaseParameterGroup")["Family"] == "postgres15"
    assert properties(real, "DatabaseParameterGroup")["Parameters"] == {"rds.force_ssl": "1"}


def test_only_the_host_reaches_the_database(real):
    (rule,) = properties(real, "DatabaseSecurityGroup")["SecurityGroupIngress"]
    assert rule["SourceSecurityGroupId"] == {"Fn::GetAtt": ["HostSecurityGroup", "GroupId"]}
    assert (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    (egress,) = properties(real, "DatabaseSecurityGroup")["SecurityGroupEgress"]
    assert egress["CidrIp"] == "127.0.0.1/32"
    routes = [each for each in real["Resources"].values() if each["Type"] == "AWS::EC2::Route"]
    assert [each["Properties"]["RouteTableId"] for each in routes] == [{"Ref": "PublicRouteTable"}]
    zones = [properties(real, f"DatabaseSubnet{index}")["AvailabilityZone"] for index in (1, 2)]
    assert zones == ["ap-northeast-2a", "ap-northeast-2c"]


def test_the_host_takes_version_2_of_the_metadata_service_only_and_its_disk_is_encrypted(real):
    said = properties(real, "Host")
    assert said["MetadataOptions"]["HttpTokens"] == "required"
    assert said["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    (disk,) = said["BlockDeviceMappings"]
    assert (disk["Ebs"]["Encrypted"], disk["Ebs"]["VolumeType"], disk["Ebs"]["VolumeSize"]) == (True, "gp3", 20)


def test_the_host_has_no_right_at_aws(real):
    assert set(properties(real, "HostRole")) == {"AssumeRolePolicyDocument", "Description", "Tags"}


def test_another_image_or_key_is_a_parameter_and_reads_nothing_by_itself(real):
    assert {name: each["Type"] for name, each in real["Parameters"].items()} == {
        "ImageId": "AWS::EC2::Image::Id",
        "SshPublicKey": "String",
    }


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        (KEY, True),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ==", True),
        ("sk-ssh-ed25519@openssh.com AAAA", True),
        ("ssh-dss AAAA", False),
        (f"{KEY}\nssh-ed25519 AAAA", False),
        ('ssh-ed25519 AAAA "x', False),
        (f"no-pty {KEY}", False),
    ],
)  # fmt: skip
def test_a_public_key_is_one_line_that_ends_no_text(real, key, is_one):
    assert bool(re.fullmatch(real["Parameters"]["SshPublicKey"]["AllowedPattern"], key)) == is_one


def test_every_resource_that_takes_tags_has_them(real):
    without = {name for name, each in real["Resources"].items() if "Tags" not in each["Properties"]}
    assert {real["Resources"][name]["Type"] for name in without} == {
        "AWS::EC2::VPCGatewayAttachment", "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::EIPAssociation", "AWS::IAM::InstanceProfile",
    }  # fmt: skip
    for name in real["Resources"].keys() - without:
        said = {tag["Key"]: tag["Value"] for tag in properties(real, name)["Tags"]}
        assert {**said, "Name": ""} == {
            "Name": "", "Project": "kkambbaki", "Environment": "production", "ManagedBy": "kkinfra",
        }  # fmt: skip


def test_what_a_deploy_needs_is_an_output(real):
    assert list(real["Outputs"]) == [
        "Address", "InstanceId", "DatabaseEndpoint", "DatabasePort", "DatabaseSecretArn",
    ]  # fmt: skip


def test_the_first_start_ends_where_provisioning_begins(real):
    said = cloud_config(real)
    (user,) = said["users"]
    assert (user["name"], user["ssh_authorized_keys"]) == ("deploy", [KEY])
    assert said["swap"] == {"filename": "/swapfile", "size": 2**30}
    assert said["packages"] == ["docker.io"]
    assert said["bootcmd"][0][:6] == ["cloud-init-per", "instance", "address", "timeout", "300", "bash"]
    assert "write_files" not in said


def test_without_an_elastic_ip_the_instance_gets_an_address_of_its_own():
    written = host(elastic_ip=False)
    (interface,) = properties(written, "Host")["NetworkInterfaces"]
    assert interface["AssociatePublicIpAddress"] is True
    assert written["Outputs"]["Address"]["Value"] == {"Fn::GetAtt": ["Host", "PublicIp"]}
    assert not {"HostAddress", "HostAddressAssociation"} & written["Resources"].keys()
    assert "bootcmd" not in cloud_config(written)


def test_the_first_start_follows_the_specification():
    written = template(
        platform={"host": {"swap": "1GB", "os": "amazon-linux-2023", "ports": [2222, 80, 443]}},
        delivery={"user": "ops", "port": 2222},
    )
    said = cloud_config(written)
    assert said["packages"] == ["docker"]
    assert said["swap"]["size"] == 954 * 2**20
    assert said["users"][0]["name"] == said["runcmd"][1][-1] == "ops"
    assert said["write_files"] == [{"path": "/etc/ssh/sshd_config.d/60-kkinfra.conf", "content": "Port 2222\n"}]


def ingress(written):
    rules = properties(written, "HostSecurityGroup")["SecurityGroupIngress"]
    assert all(rule["FromPort"] == rule["ToPort"] and rule["IpProtocol"] == "tcp" for rule in rules)
    return [(rule["Description"], rule["FromPort"], rule.get("CidrIp") or rule["CidrIpv6"]) for rule in rules]


def test_ports_are_opened_to_who_may_reach_them():
    assert ingress(template()) == [
        ("SSH", 22, "0.0.0.0/0"), ("HTTP", 80, "0.0.0.0/0"), ("HTTPS", 443, "0.0.0.0/0"),
    ]  # fmt: skip
    assert ingress(host(ssh_from=["203.0.113.0/24", "2001:db8::/32"]))[:2] == [
        ("SSH", 22, "203.0.113.0/24"), ("SSH", 22, "2001:db8::/32"),
    ]  # fmt: skip


def test_behind_a_vpn_only_the_authoritys_challenges_come_from_anywhere():
    assert ingress(template(access={"vpn": ["10.8.0.0/24"]}))[1:] == [
        ("HTTP", 80, "0.0.0.0/0"), ("HTTPS", 443, "10.8.0.0/24"),
    ]  # fmt: skip
    assert ingress(template(access={"vpn": ["10.8.0.0/24"]}, tls=None))[1] == ("HTTP", 80, "10.8.0.0/24")


def test_another_port_is_opened_under_its_own_name():
    assert ingress(host(ports=[22, 80, 443, 9443]))[-1] == ("platform.host.ports 9443", 9443, "0.0.0.0/0")


def test_a_standby_needs_no_excuse():
    written = template(stack={"postgresql": {"multi_az": True, "version": "16.11", "storage": "21GB"}})
    assert properties(written, "Database")["MultiAZ"] is True
    assert properties(written, "Database")["AllocatedStorage"] == "20"
    assert properties(written, "DatabaseParameterGroup")["Family"] == "postgres16"
    assert "Metadata" not in written["Resources"]["Database"]


def test_without_a_database_nothing_of_one_is_made():
    environment = production()
    bare = environment.model_copy(
        update={"stack": {name: part for name, part in environment.stack.items() if name != "postgresql"}}
    )
    written = quick_yaml.load(render(bare, RENDERERS)["cloudformation/stack.yaml"].content)
    assert [name for name in (*written["Resources"], *written["Outputs"]) if "Database" in name] == []


@pytest.mark.parametrize(
    ("instance_type", "os", "parameter"),
    [
        ("t2.micro", "debian-12", "/aws/service/debian/release/12/latest/amd64"),
        ("t4g.micro", "debian-12", "/aws/service/debian/release/12/latest/arm64"),
        ("a1.medium", "debian-12", "/aws/service/debian/release/12/latest/arm64"),
        ("g4dn.xlarge", "debian-12", "/aws/service/debian/release/12/latest/amd64"),
        (
            "t3.micro",
            "amazon-linux-2023",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        ),
        (
            "im4gn.large",
            "amazon-linux-2023",
            "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64",
        ),
    ],
)
def test_the_image_is_that_of_the_instances_processor(instance_type, os, parameter):
    environment = production(platform={"host": {"instance_type": instance_type, "os": os}})
    assert environment.platform.host.image_parameter == parameter
    assert parameter in render(environment, RENDERERS)["cloudformation/stack.yaml"].content


def test_the_stack_is_called_after_project_and_environment_unless_said():
    assert production().stack_name == "kkambbaki-production"
    assert production(platform={"host": {"stack_name": "shop"}}).stack_name == "shop"
    assert production(platform={"host": {"account": None, "zones": None}}).stack_name is None


def test_a_template_can_be_sent_as_it_is():
    """51,200 bytes: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""
    assert len(render(production(), RENDERERS)["cloudformation/stack.yaml"].content.encode()) < 51_200
