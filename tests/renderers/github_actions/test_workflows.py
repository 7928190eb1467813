"""What the workflows say: who may do what, what is known to which step, and for which environments there are any."""

import re
import textwrap

import pytest
import yaml
from ruamel.yaml import YAML

import quick_yaml
from checkout import SPEC_FILE
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra_github_actions import GithubActionsRenderer

SPEC = SPEC_FILE.read_text()
RENDERERS = {"github-actions": GithubActionsRenderer()}
CHECK, DEPLOY = ".github/workflows/check-changed.yaml", ".github/workflows/deploy-changed.yaml"
ACTION = re.compile(r"actions/checkout@[0-9a-f]{40}")


@pytest.fixture
def texts(tmp_path):
    """The files of production with changes, by path; the specification may be elsewhere, and nothing be built."""

    def call(*, spec="spec/environments.yaml", build=True, **changes):
        own = yaml.safe_dump({"changed": {"extends": "production", **changes}})
        path = tmp_path / spec
        path.parent.mkdir(exist_ok=True)
        (tmp_path / "noxfile.py").touch()
        written = SPEC if build else re.sub(r"(?m)^build: .*$|^    build: .*$", "", SPEC)
        path.write_text(f"{written}\n{textwrap.indent(own, '  ')}")
        found = render(open_spec(path).environments["changed"], RENDERERS)
        return {artifact.path: artifact.content for artifact in found}

    return call


@pytest.fixture
def workflows(texts):
    return lambda **changes: {path: quick_yaml.load(text) for path, text in texts(**changes).items()}


def jobs(found):
    return {name: job for workflow in found.values() for name, job in workflow["jobs"].items()}


def steps(found):
    return [(name, step) for name, job in jobs(found).items() for step in job["steps"]]


def step(found, start):
    (one,) = (step for _, step in steps(found) if step["name"].startswith(start))
    return one


def test_there_are_two_workflows_where_github_actions_delivers(texts):
    assert set(texts()) == {CHECK, DEPLOY}


def test_there_are_none_elsewhere():
    spec = open_spec(SPEC_FILE)
    silent = spec.environments["production"].delivery.model_copy(update={"ci": None})
    by_hand = spec.environments["production"].model_copy(update={"delivery": silent})
    for environment in (by_hand, spec.environments["alpha"]):
        assert [path for path in render(environment).paths() if path.startswith(".github/")] == []


def test_readers_of_yaml_1_1_and_1_2_see_the_same_triggers(texts):
    for path, triggers in ((CHECK, {"pull_request"}), (DEPLOY, {"push", "workflow_dispatch"})):
        text = texts()[path]
        older, newer = quick_yaml.load(text), YAML(typ="safe", pure=True).load(text)
        assert older == newer
        assert set(older["on"]) == triggers
    assert older["on"]["push"] == {"branches": ["main"]}


def test_nobody_has_more_rights_than_it_needs(workflows):
    found = workflows()
    assert [workflow["permissions"] for workflow in found.values()] == [{}, {}]
    assert {name: job["permissions"] for name, job in jobs(found).items()} == {
        "check": {"contents": "read"},
        "build": {"contents": "read", "packages": "write"},
        "deploy": {"contents": "read"},
    }


def test_every_action_is_a_commit_that_is_called_by_its_version_and_keeps_no_token(texts, workflows):
    lines = [line.strip() for text in texts().values() for line in text.splitlines() if "uses:" in line]
    assert len(lines) == 3
    assert all(re.fullmatch(rf"uses: {ACTION.pattern} # v\d+\.\d+\.\d+", line) for line in lines)
    for _, one in steps(workflows()):
        assert "uses" not in one or one["with"] == {"persist-credentials": False}


def test_no_script_holds_an_expression_and_each_stops_at_the_first_failure(workflows):
    scripts = [one["run"] for _, one in steps(workflows()) if "run" in one]
    assert len(scripts) > 10
    for script in scripts:
        assert "${{" not in script
        assert script.startswith("set -euo pipefail\n")


def test_a_secret_is_known_to_the_steps_that_need_it_and_to_no_other(workflows):
    found = workflows()
    spec = {"DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH", "POSTGRES_PASSWORD", "REGISTRY_DOCKERCONFIG"}
    known = {}
    for job, one in steps(found):
        named = {
            name for text in one.get("env", {}).values() for name in re.findall(r"(?:secrets|github)\.(\w+)", text)
        }
        if named:
            known[job, one["name"].split()[0]] = named
    assert known == {
        ("build", "Log"): {"actor", "token"},
        ("deploy", "Set"): {"SSH_PRIVATE_KEY"},
        ("deploy", "Plan,"): spec,
        ("deploy", "Deploy"): spec,
    }
    assert "secrets" not in str(found[CHECK])
    assert "secrets" not in str([{**job, "steps": []} for job in jobs(found).values()])


def test_deployments_follow_one_another_and_a_check_gives_way_to_the_next(workflows):
    found = workflows()
    assert found[DEPLOY]["concurrency"] == {"group": "deploy-changed", "cancel-in-progress": False}
    assert found[CHECK]["concurrency"] == {"group": "check-changed-${{ github.ref }}", "cancel-in-progress": True}
    assert all(0 < job["timeout-minutes"] <= 60 for job in jobs(found).values())


def test_only_the_branch_is_deployed_to_the_protected_environment(workflows):
    found = jobs(workflows())
    assert {found[name]["if"] for name in ("build", "deploy")} == {"github.ref == 'refs/heads/main'"}
    assert found["deploy"]["environment"] == {"name": "changed", "url": "https://kkambbaki.singun11.wtf/"}
    assert found["deploy"]["needs"] == "build"


def test_without_a_build_what_the_specification_names_is_deployed(workflows):
    found = workflows(build=False)
    assert set(jobs(found)) == {"check", "deploy"}
    assert "needs" not in jobs(found)["deploy"]
    assert [name for name, one in steps(found) if one["name"] == "Compare the workflows"] == ["check", "deploy"]
    plan = step(found, "Plan")
    assert "kkinfra deploy changed --dry-run " in plan["run"]
    assert "KKINFRA_IMAGE" not in plan["env"]


def test_another_registry_has_a_password_and_githubs_own_is_not_written_to(workflows):
    found = workflows(image="registry.example.org/shop:1.0.0")
    assert jobs(found)["build"]["permissions"] == {"contents": "read"}
    assert jobs(found)["build"]["environment"] == "changed-build"
    login = step(found, "Log in to registry.example.org")
    assert "docker login registry.example.org " in login["run"]
    assert login["env"] == {each: f"${{{{ secrets.{each} }}}}" for each in ("REGISTRY_USER", "REGISTRY_PASSWORD")}


def test_the_command_reads_the_specification_where_it_is(workflows):
    assert {each["env"]["KKINFRA_SPEC"] for each in workflows(spec="infra/all.yaml").values()} == {"infra/all.yaml"}


def test_secrets_come_from_wherever_the_specification_has_them(workflows):
    secrets = {
        "DJANGO_SECRET_KEY": {"env": None, "file": "secrets/django"},
        "POSTGRES_PASSWORD": {"env": "PGPASSWORD"},
        "FROM_SOPS": {"sops": "secrets/production.yaml"},
        "FROM_AWS": {"aws_parameter": "/shop/KEY"},
        "FOR_NOBODY": {"env": "FOR_NOBODY", "readers": []},
    }
    found = workflows(secrets=secrets)
    assert step(found, "Write the files")["env"] == {"DJANGO_SECRET_KEY": "${{ secrets.DJANGO_SECRET_KEY }}"}
    assert jobs(found)["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert step(found, "Deploy what")["env"] == {
        "AWS_ROLE_ARN": "${{ vars.AWS_ROLE_ARN }}",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "${{ runner.temp }}/aws-identity-token",
        "FLOWER_BASIC_AUTH": "${{ secrets.FLOWER_BASIC_AUTH }}",
        "PGPASSWORD": "${{ secrets.PGPASSWORD }}",
        "REGISTRY_DOCKERCONFIG": "${{ secrets.REGISTRY_DOCKERCONFIG }}",
        "SOPS_AGE_KEY": "${{ secrets.SOPS_AGE_KEY }}",
    }


def test_a_secret_of_secrets_manager_needs_the_sign_in_too(workflows):
    found = workflows(secrets={"FROM_AWS": {"aws_secret": "shop/production", "key": "token"}})
    assert jobs(found)["deploy"]["permissions"]["id-token"] == "write"


def test_the_address_has_the_scheme_and_port_that_browsers_see(workflows):
    found = workflows(tls=None, stack={"nginx": {"http_port": 8080}}, platform={"host": {"ports": [22, 8080]}})
    assert jobs(found)["deploy"]["environment"]["url"] == "http://kkambbaki.singun11.wtf:8080/"


@pytest.mark.parametrize(("instance", "runner"), [("t4g.micro", "ubuntu-24.04-arm"), ("t3.micro", "ubuntu-24.04")])
def test_the_image_is_built_on_a_machine_of_the_hosts_kind(workflows, instance, runner):
    jobs = workflows(platform={"host": {"instance_type": instance}})[DEPLOY]["jobs"]
    assert (jobs["build"]["runs-on"], jobs["deploy"]["runs-on"]) == (runner, "ubuntu-24.04")
