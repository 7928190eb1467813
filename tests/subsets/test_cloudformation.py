"""Every distinct template: cfn-lint, called once for all."""

import json

import pytest

from rendered_subsets import distinct

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def templates(hosts, tmp_path_factory):
    """The files, each called as the first subset that has it."""
    directory = tmp_path_factory.mktemp("templates")
    for (_, text), places in distinct(hosts, lambda path: path.startswith("cloudformation/")).items():
        (directory / f"{places[0].partition(' ')[0]}.yaml").write_text(text)
    return sorted(directory.iterdir())


def findings(run, *paths):
    done = run("cfn-lint", "--include-checks", "I", "--regions", REGION, "--format", "json", "--", *paths)
    assert done.stdout, done.stderr
    return [f"{each['Filename']}: {each['Rule']['Id']} {each['Message']}" for each in json.loads(done.stdout)]


def test_cfn_lint_finds_nothing(run, templates, count):
    assert len(templates) > 1
    assert findings(run, *templates) == []
    count(f"cfn-lint: {len(templates)} distinct templates, 0 findings")


def test_it_refuses_a_broken_template(run, templates, tmp_path):
    broken = tmp_path / "stack.yaml"
    broken.write_text(templates[0].read_text().replace("InstanceType:", "InstanceTyp:", 1))
    assert findings(run, broken)
