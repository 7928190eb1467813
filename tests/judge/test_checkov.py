"""checkov: what is rendered for Kubernetes and for CloudFormation is hardened, and no rendered file holds a secret."""

import json
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

import quick_yaml

ACCEPTED = tomllib.loads(Path(__file__).with_name("exceptions.toml").read_text()).get("checkov", [])


def checkov(run, directory, framework):
    flags = ("--skip-download", "--compact", "--quiet", "--output", "json")
    done = run("checkov", "--directory", directory, "--framework", framework, *flags, cwd=directory)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def judged(report):
    """Findings that are not accepted, and the exceptions that were needed.

    checkov calls a secret by its hash, so that its place is what an exception names.
    """
    unexpected, used = [], []
    for each in report.get("results", {}).get("failed_checks", []):
        subject = each["file_path"] if each["check_id"].startswith("CKV_SECRET") else each["resource"]
        matching = [
            known
            for known in ACCEPTED
            if known["check"] == each["check_id"] and fnmatchcase(subject, known["resource"])
        ]
        unexpected += [] if matching else [f"{each['check_id']} {subject}: {each['check_name']}"]
        used += matching
    return sorted(unexpected), used


def test_every_object_is_hardened_and_no_file_holds_a_secret(run, alpha, production, count):
    hardening, *secrets = (
        checkov(run, alpha, "kubernetes"),
        checkov(run, alpha, "secrets"),
        checkov(run, production, "secrets"),
    )
    summary = hardening["summary"]
    assert summary["passed"] > 300, "it scanned next to nothing"
    assert summary["parsing_errors"] == 0
    used = []
    for report in (hardening, *secrets):
        unexpected, accepted = judged(report)
        assert not unexpected, "\n".join(unexpected)
        used += accepted
    assert [each for each in ACCEPTED if each not in used] == [], "an exception that is no finding any more"
    count(f"checkov: {summary['resource_count']} objects, {summary['passed']} passed, 0 failed, {len(used)} accepted")


def test_the_stack_at_aws_is_hardened(run, production, count):
    summary = checkov(run, production, "cloudformation")["summary"]
    assert summary["passed"] > 20, "it scanned next to nothing"
    assert (summary["failed"], summary["parsing_errors"]) == (0, 0)
    count(f"checkov: a stack, {summary['passed']} passed, 0 failed, {summary['skipped']} accepted")


def test_what_is_accepted_of_the_stack_has_a_reason_and_is_needed(run, production, scratch):
    """It is in the template's own metadata."""
    written = quick_yaml.load((production / "cloudformation/stack.yaml").read_text())
    accepted = set()
    for name, resource in written["Resources"].items():
        for skip in resource.pop("Metadata", {}).get("checkov", {}).get("skip", []):
            assert skip["comment"]
            accepted.add((skip["id"], f"{resource['Type']}.{name}"))
    (scratch / "stack.yaml").write_text(yaml.safe_dump(written))
    found = checkov(run, scratch, "cloudformation")["results"]["failed_checks"]
    assert {(each["check_id"], each["resource"]) for each in found} == accepted != set()


def test_every_exception_has_a_reason():
    assert all(each["reason"] for each in ACCEPTED)


def test_it_refuses_a_privileged_container(run, scratch):
    (scratch / "broken.yaml").write_text(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x, namespace: y}\n"
        "spec: {containers: [{name: x, image: x, securityContext: {privileged: true}}]}\n",
    )
    failed = checkov(run, scratch, "kubernetes")["results"]["failed_checks"]
    assert "CKV_K8S_16" in {each["check_id"] for each in failed}


def test_it_refuses_a_database_that_everybody_reaches(run, production, scratch):
    broken = quick_yaml.load((production / "cloudformation/stack.yaml").read_text())
    broken["Resources"]["Database"]["Properties"] |= {"PubliclyAccessible": True, "StorageEncrypted": False}
    (scratch / "stack.yaml").write_text(yaml.safe_dump(broken))
    failed = checkov(run, scratch, "cloudformation")["results"]["failed_checks"]
    assert {each["check_id"] for each in failed} == {"CKV_AWS_16", "CKV_AWS_17"}


def test_it_finds_a_planted_key(run, scratch):
    key = "AKIA" + "Z7QXDVWTBMNLKPCR"
    (scratch / "broken.yaml").write_text(f'access_key: "{key}"\n')
    assert checkov(run, scratch, "secrets")["summary"]["failed"] == 1
