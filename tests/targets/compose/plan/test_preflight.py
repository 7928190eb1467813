"""What must hold before a host is changed: each check where it is so, and where it is not."""

from __future__ import annotations

import pytest

from kkinfra.targets.compose.plan.preflight import LEAST_DISK, MOST_SKEW, checks
from observed_host import NOW, empty, part, serving
from real_release import DIGEST, production, release

ENVIRONMENT = production()
RELEASE = release()


def judged(facts, made=RELEASE, now=NOW):
    return {check.name: check for check in checks(ENVIRONMENT, facts, made.manifest if made else None, now)}


def problem(name, facts, **more):
    """What is wrong, where nothing but that is."""
    found = judged(facts, **more)
    assert [each for each in found if found[each].problem] == [name]
    return found[name].problem


@pytest.mark.parametrize("facts", [empty(), serving(RELEASE)], ids=["empty", "serving"])
def test_a_host_that_is_ready(facts):
    found = judged(facts)
    assert list(found) == ["docker", "compose", "disk", "memory", "clock", "image", "database"]
    assert not any(check.problem for check in found.values())
    assert found["image"].found == DIGEST
    assert found["database"].found == "kkambbaki.123456789012.ap-northeast-2.rds.amazonaws.com:5432"


def test_without_a_docker_engine_it_is_said_why():
    facts = {**empty(), "engine": {"version": "", "problem": "no Docker engine answers on the host"}}
    assert problem("docker", facts) == "no Docker engine answers on the host"


@pytest.mark.parametrize("version", ["20.10.24+dfsg1", "20.10.0", "25.0.14", "28.2.2-0ubuntu1~22.04.1", "29.0.0-rc.1"])
def test_an_engine_that_is_new_enough(version):
    assert judged({**empty(), "engine": {"version": version}})["docker"] == ("docker", version, "")


@pytest.mark.parametrize("version", ["19.03.15", "20.9.99", "1.13.1", "18.09.1+dfsg1", "garbled"])
def test_an_engine_that_is_too_old(version):
    found = problem("docker", {**empty(), "engine": {"version": version}})
    assert found == "is too old; 20.10 or later is needed: `kkinfra provision ENV --host`"


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "the host has no Docker Compose; `kkinfra provision ENV --host` installs one"),
        ("1.29.2", "is too old; 2.20 or later is needed: `kkinfra provision ENV --host` installs one"),
        ("2.19.1", "is too old; 2.20 or later is needed: `kkinfra provision ENV --host` installs one"),
    ],
)
def test_a_compose_that_is_missing_or_too_old(version, said):
    assert problem("compose", {**empty(), "compose": version}) == said


@pytest.mark.parametrize("version", ["2.20.0", "2.40.3+ds1-0ubuntu1~22.04.1", "5.6.1", "2.26.1-4"])
def test_a_compose_that_is_new_enough(version):
    assert not judged({**empty(), "compose": version})["compose"].problem


def test_a_disk_that_is_nearly_full():
    facts = empty()
    facts["host"]["disk_free"] = LEAST_DISK - 1
    assert problem("disk", facts).startswith("500 MB are needed; `docker image prune -a`")
    facts["host"]["disk_free"] = LEAST_DISK
    assert not judged(facts)["disk"].problem


def test_a_second_webapp_must_fit_into_memory_and_swap_together():
    facts = serving(RELEASE)
    facts["host"].update(memory_free=100_000_000, swap_free=155_999_999)
    assert problem("memory", facts).startswith("a second webapp needs 256 MB beside the one that serves; add swap")
    facts["host"]["swap_free"] = 156_000_000
    assert judged(facts)["memory"] == ("memory", "256 MB free, swap included", "")


def test_what_an_interrupted_run_left_beside_the_webapp_makes_room_for_the_next():
    facts = serving(RELEASE)
    facts["host"].update(memory_free=1_000_000, swap_free=0)
    facts["release"]["containers"].append({**part(facts, "webapp-blue"), "service": "webapp-green"})
    assert not judged(facts)["memory"].problem


def test_memory_is_only_told_where_there_is_no_webapp():
    facts = serving(RELEASE)
    facts["host"].update(memory_free=0, swap_free=0)
    assert not judged(facts, made=None)["memory"].problem


@pytest.mark.parametrize("skew", [MOST_SKEW + 1, -MOST_SKEW - 1])
def test_a_clock_that_is_wrong(skew):
    assert "timedatectl set-ntp true" in problem("clock", empty(), now=NOW - skew)
    assert judged(empty(), now=NOW - skew)["clock"].found == f"{skew:+} s against this machine"


@pytest.mark.parametrize("skew", [MOST_SKEW, -MOST_SKEW])
def test_a_clock_that_is_right_enough(skew):
    assert not judged(empty(), now=NOW - skew)["clock"].problem


def test_an_image_that_the_host_does_not_find():
    digest = {"digest": "", "problem": "unauthorized", "remedy": "renew the pull secret"}
    found = problem("image", {**empty(), "digest": digest})
    assert found.startswith("the host finds no digest of ghcr.io/example/kkambbaki")
    assert found.endswith(": unauthorized; renew the pull secret")


def test_a_database_that_the_host_does_not_reach():
    found = problem("database", {**empty(), "database": {"problem": "no answer"}})
    assert found == (
        "not reached from the host: no answer; see the database's security group, and `endpoint` in the spec"
    )


def test_a_port_that_somebody_else_has():
    facts = {**empty(), "ports": {"80": "apache2 (pid 12)", "22": "sshd (pid 1)", "5555": "java (pid 3)"}}
    assert problem("port 80", facts) == "is taken on the host; stop apache2, or choose another"
    facts["ports"] = {"443": "caddy (pid 9)"}
    assert problem("port 443", facts) == "is taken on the host; stop caddy, or choose another"


def test_ports_of_our_own_nginx_are_nobody_elses():
    facts = {**serving(RELEASE), "ports": {"80": "nginx (pid 12)", "443": "nginx (pid 12)"}}
    assert not any(check.problem for check in judged(facts).values())
    part(facts, "nginx")["running"] = False
    assert {name for name, check in judged(facts).items() if check.problem} == {"port 80", "port 443"}


def test_without_certificates_the_port_of_https_may_be_anybodys():
    facts = {**empty(), "ports": {"443": "caddy (pid 9)"}}
    assert "port 443" not in judged(facts, made=release(tls=None))


def test_a_release_that_cannot_be_read_is_a_problem_of_its_own():
    facts = {**empty(), "release": {"problem": "this release was written by another version of kkinfra"}}
    assert problem("release", facts) == "this release was written by another version of kkinfra"
