"""Docker Compose itself, and the Compose specification's JSON Schema, on the rendered project."""

import shutil

import pytest

FILE = "compose.yaml"
SCHEMA = ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")


@pytest.fixture
def project(production, scratch):
    """A copy of production that may be broken, with the files of secrets that a deployment brings."""
    copy = scratch / "project"
    shutil.copytree(production, copy)
    return copy


def compose(run, project):
    return run(
        "docker-compose", "--project-directory", project, "--file", project / FILE, "config", "--quiet", cwd=project
    )


def break_it(project, before, after):
    text = (project / FILE).read_text()
    assert before in text
    (project / FILE).write_text(text.replace(before, after, 1))


def test_compose_takes_the_project_without_a_word(run, project, count):
    done = compose(run, project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    services = run("docker-compose", "--file", project / FILE, "--profile", "*", "config", "--services").stdout.split()
    assert len(services) >= 7
    count(f"docker compose config: {len(services)} services, no warning")


def test_the_schema_takes_the_project(run, project, count):
    done = run(*SCHEMA, project / FILE)
    assert done.returncode == 0, done.stdout
    count("check-jsonschema vendor.compose-spec: 0 errors")


def test_compose_refuses_a_dependency_on_nothing(run, project):
    break_it(project, "services:\n", "services:\n  broken:\n    image: busybox\n    depends_on: [nothing]\n")
    assert compose(run, project).returncode != 0


def test_the_schema_refuses_an_unknown_key(run, project):
    break_it(project, "services:\n", "services:\n  broken:\n    image: busybox\n    memory: 1g\n")
    assert run(*SCHEMA, project / FILE).returncode != 0
