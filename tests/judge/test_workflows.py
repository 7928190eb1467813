"""zizmor, checkov, GitHub's schema and ShellCheck: the rendered workflows and the scripts in them."""

import json

import pytest

import quick_yaml

ZIZMOR = ("zizmor", "--offline", "--no-config", "--strict-collection", "--persona", "auditor", "--format", "json")
CHECKOV = ("checkov", "--framework", "github_actions", "--skip-download", "--compact", "--quiet", "--output", "json")
SCHEMA = ("check-jsonschema", "--builtin-schema", "vendor.github-workflows")
SHELLCHECK = ("shellcheck", "--norc", "--shell=bash", "--format=json")

PINNED = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
VALIDATE = "kkinfra validate production"


@pytest.fixture
def directory(production):
    """The rendered workflows."""
    found = production / ".github" / "workflows"
    assert sorted(path.name for path in found.iterdir()) == ["check-production.yaml", "deploy-production.yaml"]
    return found


@pytest.fixture
def broken(directory, scratch):
    """Writes the check's workflow with a change, where the judges look for one."""

    def call(before, after):
        text = (directory / "check-production.yaml").read_text()
        assert before in text
        path = scratch / ".github" / "workflows" / "broken.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(text.replace(before, after, 1))
        return path

    return call


def zizmor(run, *paths):
    """The names of all findings; the strictest persona."""
    done = run(*ZIZMOR, *paths)
    findings = {finding["ident"] for finding in json.loads(done.stdout)}
    assert bool(findings) == bool(done.returncode), done.stderr
    return findings


def checkov(run, directory):
    done = run(*CHECKOV, "--directory", directory, cwd=directory)
    return json.loads(done.stdout)


def shellcheck(run, scratch, path):
    """The codes of all findings in the scripts of a workflow, and how many scripts there are."""
    jobs = quick_yaml.load(path.read_text())["jobs"].values()
    scripts = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    assert scripts
    for number, script in enumerate(scripts):
        (scratch / f"{path.stem}-{number}.sh").write_text(script)
    done = run(*SHELLCHECK, *(scratch / f"{path.stem}-{number}.sh" for number in range(len(scripts))))
    return {finding["code"] for finding in json.loads(done.stdout)}, len(scripts)


def test_zizmor_finds_nothing(run, directory, count):
    assert zizmor(run, *sorted(directory.iterdir())) == set()
    count("zizmor, as an auditor: 2 workflows, 0 findings")


def test_checkov_finds_nothing(run, production, directory, count):
    summary = checkov(run, production)["summary"]
    assert summary["passed"] > 50, "it scanned next to nothing"
    assert (summary["failed"], summary["skipped"], summary["parsing_errors"]) == (0, 0, 0)
    count(f"checkov, workflows: {summary['passed']} passed, 0 failed")


def test_the_schema_takes_both(run, directory, count):
    done = run(*SCHEMA, *sorted(directory.iterdir()))
    assert done.returncode == 0, done.stdout
    count("check-jsonschema vendor.github-workflows: 0 errors")


def test_shellcheck_finds_nothing(run, directory, scratch, count):
    judged = [shellcheck(run, scratch, path) for path in sorted(directory.iterdir())]
    assert [findings for findings, _ in judged] == [set(), set()]
    count(f"shellcheck: {sum(scripts for _, scripts in judged)} scripts, 0 findings")


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        (PINNED, "actions/checkout@v7", "unpinned-uses"),
        ("persist-credentials: false", "persist-credentials: true", "artipacked"),
        (VALIDATE, "kkinfra validate ${{ github.head_ref }}", "template-injection"),
        ("permissions: {}", "permissions: write-all", "excessive-permissions"),
        ("pull_request:", "pull_request_target:", "dangerous-triggers"),
    ],
)
def test_zizmor_refuses_what_is_unsafe(run, broken, before, after, finding):
    assert finding in zizmor(run, broken(before, after))


def test_checkov_refuses_all_rights(run, broken, scratch):
    broken("permissions: {}", "permissions: write-all")
    failed = checkov(run, scratch)["results"]["failed_checks"]
    assert "CKV2_GHA_1" in {each["check_id"] for each in failed}


def test_the_schema_refuses_an_unknown_event(run, broken):
    assert run(*SCHEMA, broken("pull_request:", "pull_demand:")).returncode != 0


def test_shellcheck_refuses_a_word_that_may_fall_apart(run, broken, scratch):
    findings, _ = shellcheck(run, scratch, broken(VALIDATE, "cat $GITHUB_STEP_SUMMARY"))
    assert findings == {2086}
