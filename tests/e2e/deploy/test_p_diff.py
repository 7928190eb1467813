"""What `diff` tells of a real host: nothing after a deploy, and each thing that is changed by hand or differs."""

from __future__ import annotations

import json

import pytest

from deployer import ENVIRONMENT
from interruptions import DIRECTORY, NAMESPACE
from rehearsal.host.spec import SENTINEL

PLAIN = {"tls": None, "platform": {"host": {"account": None, "zones": None}}}
"""Without a certificate, and without AWS, which nobody here can ask."""

FLOWER = f"{NAMESPACE}-flower-1"
REDIS = f"{DIRECTORY}/current/redis/redis.conf"
UNIT = f"/etc/systemd/system/{NAMESPACE}-recover.service"


@pytest.fixture(scope="module")
def host(deployer):
    deployer.write("a", PLAIN)
    deployer.serve("a")
    return deployer


def diff(host, *flags, image="a", **variables):
    """The exit code and the document; no secret is in it."""
    host.write(image, PLAIN)
    done = host.run("diff", ENVIRONMENT, "-o", "json", *flags, **variables)
    assert SENTINEL not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def changed(document):
    """The fields of each change, by what it is of."""
    return {each["identity"]: {field["path"] for field in each["fields"]} for each in document["changes"]}


def test_after_a_deploy_nothing_differs(host):
    code, document = diff(host)
    assert (changed(document), code) == ({}, 0)
    assert "nothing differs" in host.run("diff", ENVIRONMENT).stdout
    assert "  drift: none\n" in host.run("status", ENVIRONMENT).stdout


def test_what_is_changed_by_hand_is_told_field_by_field(host, machine):
    limits = machine.root(f"docker inspect -f '{{{{.HostConfig.Memory}}}} {{{{.HostConfig.MemorySwap}}}}' {FLOWER}")
    memory, swap = limits.split()
    machine.root(f"docker update --memory 300m --memory-swap 600m {FLOWER}")
    machine.root(f"echo 'save 60 1' >> {REDIS}; echo '# mine' >> {UNIT}")
    try:
        code, document = diff(host)
        status = host.run("status", ENVIRONMENT).stdout
    finally:
        machine.root(f"sed -i '$d' {REDIS}; sed -i '$d' {UNIT}")
        machine.root(f"docker update --memory {memory} --memory-swap {swap} {FLOWER}")
    assert code == 2
    assert all(each["drift"] for each in document["changes"])
    found = changed(document)
    assert "mem_limit" in found["flower"]
    assert {"redis/redis.conf", UNIT} < found.keys()
    lines = {each["identity"]: each["fields"][0]["lines"] for each in document["changes"] if each["fields"]}
    assert lines["redis/redis.conf"][-1] == "-save 60 1"
    assert "`kkinfra diff production` shows it" in status
    code, document = diff(host)
    assert (changed(document), code) == ({}, 0)


def test_another_image_and_another_secret_are_told_before_they_are_deployed(host):
    code, document = diff(host, image="b", FLOWER_BASIC_AUTH="flower:another-value")
    assert code == 2
    found = changed(document)
    assert "image" in found["webapp"]
    assert "secrets[FLOWER_BASIC_AUTH]" in found["flower"]
    assert "secret FLOWER_BASIC_AUTH" in found
    assert not any(each["drift"] for each in document["changes"])


def test_a_host_that_is_not_reached_is_an_error_and_told(host):
    code, document = diff(host, KKINFRA_SSH_COMMAND="ssh -p 9")
    (target,) = document["targets"]
    assert (code, document["complete"], target["name"]) == (1, False, "host")
    assert target["problem"]
