"""cfn-lint: AWS takes the template that is rendered, and every exception in it has a reason and is needed."""

import json
from pathlib import Path

import pytest
import yaml

import quick_yaml

PATH = "cloudformation/stack.yaml"
REGION = "ap-northeast-2"


def findings(run, path):
    """Identifier and message of everything that it finds, information included."""
    done = run("cfn-lint", "--include-checks", "I", "--regions", REGION, "--format", "json", "--", path)
    assert done.stdout, done.stderr
    return [(each["Rule"]["Id"], each["Message"]) for each in json.loads(done.stdout)]


@pytest.fixture(scope="session")
def template(production):
    return production / PATH


@pytest.fixture(scope="session")
def written(template):
    return quick_yaml.load(template.read_text())


def test_nothing_is_found(run, template, written, count):
    assert findings(run, template) == []
    lint = [each.get("Metadata", {}).get("cfn-lint", {}) for each in written["Resources"].values()]
    excepted = sum(len(each.get("reasons", {})) for each in lint)
    count(f"cfn-lint: {len(written['Resources'])} resources, 0 findings, {excepted} accepted")


def test_every_exception_has_a_reason_and_is_needed(run, written, scratch):
    excepted = set()
    for resource in written["Resources"].values():
        lint = resource.get("Metadata", {}).pop("cfn-lint", None)
        if lint:
            assert list(lint["reasons"]) == lint["config"]["ignore_checks"]
            assert all(lint["reasons"].values())
            excepted |= lint["reasons"].keys()
    assert excepted
    assert {check for check, _ in findings(run, _write(scratch, written))} == excepted


def test_it_refuses_a_broken_template(run, template, scratch):
    broken = quick_yaml.load(template.read_text())
    broken["Resources"]["Host"]["Properties"] |= {"InstanceTyp": "t2.micro", "SubnetId": {"Ref": "Nowhere"}}
    broken["Resources"]["Database"]["Properties"] |= {"DBInstanceClass": "db.t3.mikro", "AllocatedStorage": [20]}
    found = findings(run, _write(scratch, broken))
    assert {check for check, _ in found} >= {"E3002", "E1020", "E3012"}
    assert any("db.t3.mikro" in message for _, message in found)


def _write(directory: Path, value) -> Path:
    path = directory / "stack.yaml"
    path.write_text(yaml.safe_dump(value, sort_keys=False))
    return path
