"""Every distinct workflow: zizmor, and GitHub's schema, each called once for all."""

import json

import pytest

from rendered_subsets import distinct

ZIZMOR = ("zizmor", "--offline", "--no-config", "--strict-collection", "--persona", "auditor", "--format", "json")
SCHEMA = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "--output-format", "json")


@pytest.fixture(scope="module")
def workflows(hosts, tmp_path_factory):
    """The files, each called as the first subset that has it."""
    directory = tmp_path_factory.mktemp("repository") / ".github" / "workflows"
    directory.mkdir(parents=True)
    for (_, text), places in distinct(hosts, lambda path: path.startswith(".github/")).items():
        subset, path = places[0].split(" ")
        (directory / f"{subset}-{path.rpartition('/')[2]}").write_text(text)
    return sorted(directory.iterdir())


def zizmor(run, *paths):
    done = run(*ZIZMOR, *paths)
    findings = [f"{each['ident']} {each['locations'][0]['symbolic']['key']}" for each in json.loads(done.stdout)]
    assert bool(findings) == bool(done.returncode), done.stderr
    return findings


def schema(run, *paths):
    return json.loads(run(*SCHEMA, *paths).stdout)["errors"]


def test_zizmor_finds_nothing(run, workflows, count):
    assert len(workflows) > 10
    assert zizmor(run, *workflows) == []
    count(f"zizmor, as an auditor: {len(workflows)} distinct workflows, 0 findings")


def test_the_schema_takes_all(run, workflows, count):
    assert schema(run, *workflows) == []
    count(f"check-jsonschema vendor.github-workflows: {len(workflows)} distinct workflows, 0 errors")


def test_both_refuse_a_broken_one(run, workflows, tmp_path):
    broken = tmp_path / ".github" / "workflows" / "broken.yaml"
    broken.parent.mkdir(parents=True)
    text = next(text for path in workflows if "pull_request:" in (text := path.read_text()))
    broken.write_text(text.replace("pull_request:", "pull_request_target:", 1))
    assert "dangerous-triggers" in " ".join(zizmor(run, broken))
    broken.write_text(text.replace("pull_request:", "pull_demand:", 1))
    assert schema(run, broken)
