"""Hosts: Docker Compose takes every project, a release is made of it, and nothing waits for what starts later."""

import json
from dataclasses import replace

import pytest

import compose_agreement
import quick_yaml
from kkinfra.host.manifest import from_json
from kkinfra.targets.compose.plan.release import make_release
from rendered_subsets import each_problem

FILE = "compose.yaml"


def written(each, directory):
    """The tree, on the disk; the secrets that are mounted need not be there."""
    for path, text in each.files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    return directory


@pytest.mark.parametrize("profiles", [(), ("--profile", "*")], ids=["what always runs", "everything"])
def test_compose_takes_every_project(run, hosts, tmp_path, count, profiles):
    def refused(each):
        project = written(each, tmp_path / each.name)
        done = run("docker-compose", "--project-directory", project, *profiles, "config", "--quiet", cwd=project)
        said = f"{done.stdout}{done.stderr}".strip()
        return [f"exits {done.returncode}: {said}"] if done.returncode or said else []

    assert not (problems := each_problem(hosts, refused)), problems
    count(f"docker compose {' '.join(profiles)} config: {len(hosts)} projects, no warning")


def release(each):
    """What the host is to understand of it, after a way through its file."""
    made = make_release(each.environment, each.tree).manifest
    assert from_json(json.loads(json.dumps(made.as_json()))) == made
    return made


def test_nothing_needs_what_is_missing_or_starts_later(hosts, count):
    def found(each):
        return compose_agreement.disagreements(quick_yaml.load(each.files[FILE]), each.files, release(each))

    assert not (problems := each_problem(hosts, found)), problems
    count(f"agreement of services: {len(hosts)} projects and their releases, 0 problems")


@pytest.fixture
def whole(hosts):
    return next(each for each in hosts if each.name == "all-but-container-ssh")


def test_it_sees_what_is_missing(whole):
    project, manifest = quick_yaml.load(whole.files[FILE]), release(whole)
    assert compose_agreement.disagreements(project, whole.files, manifest) == []
    without = {path: text for path, text in whole.files.items() if not path.startswith("nginx/")}
    assert compose_agreement.disagreements(project, without, manifest)
    assert compose_agreement.disagreements({**project, "volumes": {"spare": {}}}, whole.files, manifest)
    cut = {**project, "services": {name: each for name, each in project["services"].items() if name != "sessions"}}
    assert compose_agreement.disagreements(cut, whole.files, manifest)
    assert compose_agreement.disagreements(project, whole.files, replace(manifest, stateful=()))
