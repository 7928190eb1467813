"""What `validate` prints and how it exits; and that nothing begins while a proof finds an error."""

from __future__ import annotations

import json

import pytest

from kkinfra.cli.main import main
from real_spec import SOURCE, changed

BROKEN = changed("policy: volatile-lru", "policy: allkeys-lru")
UNACCEPTED = SOURCE.replace("exposure/ssh: ", "parity/limits:")


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the command on a specification: exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")

    def running(text, *arguments):
        (tmp_path / "f.yaml").write_text(text)
        code = main([*arguments, "--spec", "f.yaml"])
        told = capsys.readouterr()
        return code, told.out, told.err

    return running


def test_the_real_environments_are_valid_and_what_is_accepted_is_told(run):
    code, out, err = run(SOURCE, "validate")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[-1] == "f.yaml: alpha, production valid; 7 proofs, 4 accepted findings"
    heads = [line for line in lines[:-1] if line.startswith("f.yaml:")]
    assert len(heads) == 4
    assert all(": accepted: " in line for line in heads)
    assert sum(line.startswith("    because: ") for line in lines) == 4


def test_an_error_is_told_once_with_its_figures(run):
    code, out, err = run(BROKEN, "validate")
    assert (code, err) == (1, "")
    (head,) = [line for line in out.splitlines() if ": error: " in line]
    assert head.startswith("f.yaml:16:100 stack.redis.policy: error: allkeys-lru drops any key once 256MB are full")
    assert head.endswith("write policy: volatile-lru, or noeviction (in alpha, production) [queue/evicts]")
    assert "    maxmemory          256MB  f.yaml:16:46 stack.redis.maxmemory" in out.splitlines()
    assert out.splitlines()[-1].startswith("f.yaml: alpha, production not valid; 7 proofs, 1 error, ")


def test_one_environment_quietly(run):
    code, out, _ = run(BROKEN, "validate", "alpha", "-q")
    assert code == 1
    assert [line.split(":")[0] for line in out.splitlines() if not line.startswith(" ")] == ["f.yaml"]
    assert run(SOURCE, "validate", "-q") == (0, "", "")


def test_everything_that_was_computed(run):
    _, out, _ = run(SOURCE, "validate", "-v")
    for rule in (
        "capacity/fits",
        "connections/enough",
        "exposure/reach",
        "ports/listeners",
        "queue/kept",
        "cost/month",
    ):
        assert f"[{rule}]" in out


def test_a_warning_does_not_fail(run):
    code, out, _ = run(UNACCEPTED, "validate", "production")
    assert code == 0
    assert "port 22 is open to 0.0.0.0/0; write ssh_from: [NETWORK/BITS], or accept it" in out
    assert "accepts nothing: there is no such finding; take it out [accepted/stale]" in out
    assert out.splitlines()[-1].endswith("7 proofs, 2 warnings, 3 accepted findings")


def test_for_programs(run):
    code, out, err = run(BROKEN, "validate", "-o", "json")
    told = json.loads(out)
    assert (code, err, told["environments"], told["issues"]) == (1, "", ["alpha", "production"], [])
    evicts = [each for each in told["findings"] if each["rule"] == "queue/evicts"]
    assert [each["environment"] for each in evicts] == ["alpha", "production"]
    assert (evicts[0]["severity"], evicts[0]["file"], evicts[0]["line"], evicts[0]["at"]) == (
        "error", "f.yaml", 16, "stack.redis.policy",
    )  # fmt: skip
    assert evicts[0]["figures"][0] == {
        "label": "maxmemory", "amount": "256MB", "field": "stack.redis.maxmemory", "file": "f.yaml", "line": 16,
        "column": 46, "source": "",
    }  # fmt: skip
    accepted = {each["rule"]: each["accepted"] for each in told["findings"] if each["accepted"]}
    assert accepted["exposure/ssh"]["reason"].startswith("GitHub's runners")
    assert all(each["rule"] in told["rules"] for each in told["findings"])


def test_for_code_scanning(run):
    code, out, _ = run(BROKEN, "validate", "-o", "sarif")
    (sarif,) = json.loads(out)["runs"]
    assert code == 1
    rules = {rule["id"]: rule for rule in sarif["tool"]["driver"]["rules"]}
    assert rules["queue/evicts"]["help"]["text"].startswith("The broker may drop queued tasks to make room.")
    assert {result["ruleId"] for result in sarif["results"]} <= rules.keys()
    levels = {result["ruleId"]: result["level"] for result in sarif["results"]}
    assert (levels["queue/evicts"], levels["exposure/ssh"], levels["ports/listeners"]) == ("error", "warning", "note")
    (ssh,) = [result for result in sarif["results"] if result["ruleId"] == "exposure/ssh"]
    assert ssh["suppressions"][0]["justification"].startswith("GitHub's runners have no fixed addresses")
    evicts = next(result for result in sarif["results"] if result["ruleId"] == "queue/evicts")
    assert "suppressions" not in evicts
    assert evicts["locations"][0]["physicalLocation"]["region"] == {"startLine": 16, "startColumn": 100}
    assert evicts["relatedLocations"][0]["message"]["text"] == "maxmemory: 256MB"


@pytest.fixture
def connects(tmp_path, monkeypatch):
    """Where it is written that somebody tried to reach a host."""
    tried, ssh = tmp_path / "tried", tmp_path / "ssh"
    ssh.write_text(f"#!/bin/sh\ntouch {tried}\nexit 255\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("KKINFRA_SSH_COMMAND", str(ssh))
    return tried


@pytest.mark.parametrize(
    "arguments",
    [
        ("deploy", "production", "--yes"),
        ("deploy", "production", "--dry-run"),
        ("deploy", "alpha", "--yes"),
        ("deploy", "alpha", "--bootstrap", "--dry-run"),
        ("provision", "production", "--host", "--yes"),
    ],
)
def test_nothing_begins_while_a_proof_finds_an_error(run, connects, arguments):
    code, out, err = run(BROKEN, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith(
        f"error: the proofs find 1 error in {arguments[1]}; nothing was changed\nf.yaml:16:100 stack.redis"
    )
    assert "f.yaml:16:46 stack.redis.maxmemory" in err
    assert not connects.exists()


def test_what_is_accepted_stops_nothing(run, connects):
    accepting = "    accepted:                                    # what"
    text = BROKEN.replace(
        accepting, f"{accepting}\n      queue/evicts: {{stack.redis.policy: {{reason: why not}}}} #", 1
    )
    code, _, err = run(text, "provision", "production", "--host", "--yes")
    assert (code, connects.exists()) == (1, True), "it got as far as the host, which is not there"
    assert "proofs" not in err


def test_warnings_are_told_in_a_line_before_it_goes_on(run, connects):
    _, _, err = run(UNACCEPTED, "provision", "production", "--host", "--yes")
    warnings = [line for line in err.splitlines() if line.startswith("warning: ")]
    assert "warning: port 22 is open to 0.0.0.0/0 [exposure/ssh]" in warnings
    assert len(warnings) == len(set(warnings)) == 2


def test_going_back_asks_no_proof(run, connects):
    _, _, err = run(BROKEN, "rollback", "production", "--yes")
    assert "the proofs" not in err
