"""hadolint and checkov: the product's Dockerfile."""

import json

from checkout import ROOT

APP = ROOT / "app"
CHECKOV = ("checkov", "--framework", "dockerfile", "--skip-download", "--compact", "--quiet", "--output", "json")

BROKEN = "FROM python:latest\nRUN cd /tmp && sudo pip install x\nUSER root\n"


def test_hadolint_finds_nothing(run, count):
    done = run("hadolint", "--no-color", APP / "Dockerfile")
    assert (done.returncode, done.stdout) == (0, "")
    count("hadolint: 0 findings")


def test_checkov_finds_nothing(run, count):
    done = run(*CHECKOV, "--file", APP / "Dockerfile")
    summary = json.loads(done.stdout)["summary"]
    assert summary["passed"] > 0, "it scanned nothing"
    assert (summary["failed"], summary["skipped"], summary["parsing_errors"]) == (0, 1, 0), done.stdout
    count(f"checkov, Dockerfile: {summary['passed']} passed, 0 failed, 1 accepted, with its reason in the file")


def test_both_refuse_a_broken_one(run, scratch):
    (scratch / "Dockerfile").write_text(BROKEN)
    assert run("hadolint", "--no-color", scratch / "Dockerfile").returncode != 0
    done = run(*CHECKOV, "--file", scratch / "Dockerfile")
    assert json.loads(done.stdout)["summary"]["failed"] > 0
