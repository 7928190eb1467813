"""`kkinfra diff` of an environment on a host: one round trip, its exit codes, its formats, what could not be asked."""

from __future__ import annotations

import json
import threading

import pytest

import live_project
from compared_host import answers, described
from kkinfra.cli.main import main
from kkinfra.difference.change import Change
from kkinfra.difference.report import Compared, Difference
from kkinfra.targets.compose import diff as comparing
from local_ssh import fails, stand_in
from observed_host import serving
from real_release import DIGEST, release

BEFORE = release()
SECRETS = {name: live_project.SECRETS[name] for name in BEFORE.manifest.secrets}


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    live_project.enter(tmp_path, monkeypatch)
    return stand_in(tmp_path, monkeypatch)


def facts():
    found = serving(BEFORE)
    found["digest"] = {"digest": DIGEST, "problem": ""}
    found["release"]["edited"] = {}
    return found


@pytest.fixture
def diff(ssh, capsys):
    """Run it against a host; returns the exit code and what was printed."""

    def run(*flags, said=None, changes=None, secrets=SECRETS):
        answers(ssh, facts() if said is None else said, described(BEFORE, changes), secrets)
        code = main(["diff", "live", "--without", "stack", *flags])
        done = capsys.readouterr()
        assert "s3cret" not in done.out + done.err
        return code, done.out, done.err

    return run


def test_a_host_that_runs_what_is_rendered(diff, ssh):
    code, out, _ = diff()
    assert code == 0, out
    assert out.splitlines()[-1] == "nothing differs"
    assert f"live: host: kkambbaki-live on ip-10-0-0-1; release {BEFORE.manifest.id} serves" in out
    assert len([each for each in ssh.calls if "python3" in each]) == 1


def test_what_differs_and_what_was_changed_by_hand(diff, tmp_path):
    live_project.write(tmp_path, {"celery-worker": {"memory": "300MB"}})
    code, out, _ = diff(changes={"redis": lambda made: made["HostConfig"].update(CpuShares=7)})
    assert code == 2
    assert "  ~ redis: changed by hand; a deploy leaves it so" in out
    assert "      ~ cpu_shares: 7 -> 102" in out
    assert "  ~ celery-worker: starts again; what it is at ends first" in out
    assert "      ~ mem_limit: 224000000 -> 300000000" in out
    assert out.splitlines()[-1] == "2 changes, 1 of them by hand"


def test_a_secret_of_another_value_is_named_and_not_shown(diff):
    code, out, _ = diff("-o", "json", secrets={**SECRETS, "FLOWER_BASIC_AUTH": "s3cret of before"})
    assert code == 2
    changes = {each["identity"]: each for each in json.loads(out)["changes"]}
    assert changes["secret FLOWER_BASIC_AUTH"]["fields"][0]["note"] == "another value"
    assert changes["flower"]["fields"][0]["path"] == "secrets[FLOWER_BASIC_AUTH]"


def test_markdown_for_a_pull_request(diff, tmp_path):
    live_project.write(tmp_path, {"celery-worker": {"memory": "300MB"}})
    code, out, _ = diff("-o", "markdown")
    assert code == 2
    assert out.startswith("### kkinfra diff live: 1 change\n")
    assert "! mem_limit: 224000000 -> 300000000" in out


def test_a_host_that_is_not_reached_is_told_and_is_an_error(ssh, capsys):
    ssh.does(fails("ssh: connect to host x port 22: Connection refused"))
    assert main(["diff", "live", "--without", "stack"]) == 1
    told = capsys.readouterr().out
    assert "live: host: kkambbaki.singun11.wtf\n  ! could not be asked: " in told
    assert "nothing listens on port 22 there" in told
    assert main(["diff", "live", "--without", "stack", "-q"]) == 1
    done = capsys.readouterr()
    assert (done.out, done.err.startswith("host could not be asked: ")) == ("", True)
    assert main(["diff", "live", "--without", "stack", "-o", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["complete"], document["changes"]) == (False, [])


def test_secrets_that_are_not_here_are_an_error_unless_they_are_left_out(diff, monkeypatch):
    monkeypatch.delenv("POSTGRES_PASSWORD")
    code, out, _ = diff()
    assert code == 1
    assert "live: secrets: as they are here\n  ! could not be asked: POSTGRES_PASSWORD: " in out
    code, out, _ = diff("--without", "secrets")
    assert (code, "live: secrets: left out by --without secrets" in out) == (0, True)


def test_a_registry_that_does_not_answer_leaves_the_image_that_runs(diff, tmp_path, ssh):
    said = facts()
    said["digest"] = {"digest": "", "problem": "no such host", "remedy": "see the network"}
    code, out, _ = diff(said=said)
    assert code == 1
    assert "live: registry: the digest of ghcr.io/example/kkambbaki" in out
    code, out, _ = diff("--without", "registry", said={**said, "digest": {}})
    assert (code, "left out by --without registry" in out) == (0, True)
    asked = json.loads((ssh.directory / "asked.json").read_text())
    assert (asked["image"], asked["fields"]) == ("", True)


def test_a_host_without_docker(diff):
    code, out, _ = diff(said={**facts(), "release": {"problem": "no Docker engine answers"}})
    assert code == 1
    assert "! could not be asked: no Docker engine answers" in out


def test_the_stack_is_asked_while_the_host_is(diff, monkeypatch, ssh, capsys):
    both = threading.Barrier(2, timeout=60)
    ask = comparing._HostComparison.host

    def host(comparison):
        both.wait()
        return ask(comparison)

    def stack(environment, rendered, heard):
        both.wait()
        assert "cloudformation/stack.yaml" in rendered
        change = Change("stack", "Database", "replace", note="it holds data")
        return Difference(environment.name, (Compared("stack", "kkambbaki-live"),), (change,))

    monkeypatch.setattr(comparing._HostComparison, "host", host)
    monkeypatch.setattr("kkinfra.targets.cloudformation.diff.stack_difference", stack)
    answers(ssh, facts(), described(BEFORE), SECRETS)
    assert main(["diff", "live"]) == 2
    told = capsys.readouterr().out
    assert told.index("live: host: ") < told.index("live: stack: kkambbaki-live")
    assert "  -/+ Database: is replaced; it holds data" in told


def test_a_target_that_is_none_of_the_environment(ssh, capsys):
    assert main(["diff", "live", "--without", "cluster"]) == 1
    assert "--without cluster: live has no such target (host, registry, secrets, stack)" in capsys.readouterr().err
    assert ssh.calls == []
