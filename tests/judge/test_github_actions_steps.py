"""The scripts of the workflows, executed: checking and building for real, deploying up to what `kkinfra` is told."""

import http.server
import json
import stat
import subprocess
import threading

import pytest

import quick_yaml
import repository as repositories
from kkinfra.cli.main import _options
from kkinfra.rendering.pipeline import open_spec, render
from programs import need
from recorded_engine import DIGEST, RecordedEngine
from workflow_runner import StepError, WorkflowRunner

HOST = "kkambbaki.singun11.wtf"
IMAGE = f"ghcr.io/example/kkambbaki@{DIGEST}"
SECRETS = {name: f"the {name}" for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "FLOWER_BASIC_AUTH")}
SECRETS["REGISTRY_DOCKERCONFIG"] = '{"auths": {}}\n'

PLAN = ["deploy", "production", "--image", IMAGE, "--dry-run", "--save-plan", "plan.json"]
APPLY = ["deploy", "production", "--plan", "plan.json", "--yes"]

RECORDER = """#!/usr/bin/env python3
import json, os, sys
from pathlib import Path
told = {"argv": sys.argv[1:], "variables": dict(os.environ), "input": "" if sys.stdin.isatty() else sys.stdin.read()}
with Path(__file__).with_suffix(".calls").open("a") as calls:
    print(json.dumps(told), file=calls)
if "--dry-run" in sys.argv:
    print("webapp: ghcr.io/old -> ghcr.io/new")
    Path(sys.argv[sys.argv.index("--save-plan") + 1]).write_text("the plan")
if "--plan" in sys.argv:
    print("applying", Path(sys.argv[sys.argv.index("--plan") + 1]).read_text())
sys.exit(os.environ.get("FAIL_WITH", 0) and f"error: {os.environ['FAIL_WITH']}")
"""


@pytest.fixture
def repository(tmp_path):
    """A repository with what `cp -r build/production/.github .` brings."""
    (tmp_path / "repository").mkdir()
    repository = repositories.make(tmp_path / "repository")
    for artifact in render(open_spec(repository.path / "spec/environments.yaml").environments["production"]):
        if artifact.path.startswith(".github/"):
            repository.write(artifact.path, artifact.content)
    repository.commit()
    return repository


@pytest.fixture
def workflow(repository):
    """A workflow, as it is checked in."""
    return lambda verb: quick_yaml.load((repository.path / f".github/workflows/{verb}-production.yaml").read_text())


@pytest.fixture
def runner(repository, tmp_path):
    return WorkflowRunner(repository.path, tmp_path / "runner", beside=dict(repositories.PLAIN))


@pytest.fixture
def recorded(tmp_path, runner):
    """Puts a program first on PATH that records its calls, and gives them back."""
    runner.programs = tmp_path / "programs"
    runner.programs.mkdir()

    def call(name):
        program = runner.programs / name
        program.write_text(RECORDER)
        program.chmod(0o755)
        record = program.with_suffix(".calls")
        return lambda: [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    return call


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A private key without a passphrase, one with, and a line of known_hosts."""
    home = tmp_path_factory.mktemp("keys")
    for name, passphrase in (("open", ""), ("locked", "secret")):
        command = [need("ssh-keygen"), "-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", home / name]
        subprocess.run(command, check=True, timeout=60)
    public = (home / "open.pub").read_text()
    return {
        "open": (home / "open").read_text(),
        "locked": (home / "locked").read_text(),
        "host": f"{HOST} {public.strip()}\n",
    }


@pytest.fixture
def deployer(runner, keys):
    """A runner that has what the environment `production` of GitHub gives out."""
    runner.known = {
        **{f"secrets.{name}": text for name, text in SECRETS.items()},
        "secrets.SSH_PRIVATE_KEY": keys["open"].strip(),
        "vars.SSH_KNOWN_HOSTS": keys["host"].strip(),
        "needs.build.outputs.image": IMAGE,
    }
    return runner


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_pull_request_is_checked_without_any_secret(runner, workflow):
    checked = runner.run(workflow("check"), "check", but="Set up")
    assert "spec/environments.yaml: production valid" in checked[0]
    assert checked[-1] == ""
    assert not (runner.repository / "build").exists()


def test_a_broken_spec_fails_the_check_with_its_line(runner, workflow, repository):
    spec = repository.path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", "maxmemory: 256QB"))
    with pytest.raises(StepError, match=r"spec/environments.yaml:\d+:\d+ stack.redis.maxmemory: '256QB'"):
        runner.run(workflow("check"), "check", but="Set up")


@pytest.mark.parametrize("verb", ["check", "deploy"])
def test_workflows_that_are_not_as_rendered_fail_with_the_difference(runner, workflow, repository, verb):
    workflows = {each: workflow(each) for each in ("check", "deploy")}
    stale = repository.path / f".github/workflows/{verb}-production.yaml"
    stale.write_text(stale.read_text().replace("ubuntu-24.04", "ubuntu-latest"))
    for each, job in (("check", "check"), ("deploy", "build")):
        with pytest.raises(StepError, match=r"-    runs-on: ubuntu-latest\n\+    runs-on: ubuntu-24.04") as failed:
            runner.run(workflows[each], job, only=("Render", "Compare"))
        assert "::error::" in str(failed.value)
        assert "cp -r build/production/.github ." in str(failed.value)


def test_a_workflow_that_is_missing_fails_the_check(runner, workflow, repository):
    check = workflow("check")
    (repository.path / ".github/workflows/deploy-production.yaml").unlink()
    with pytest.raises(StepError, match="No such file"):
        runner.run(check, "check", only=("Render", "Compare"))


def test_the_image_is_built_and_its_digest_handed_on(runner, workflow, recorded):
    login = recorded("docker")
    runner.known = {"github.actor": "somebody", "github.token": "the token"}
    with RecordedEngine() as engine:
        runner.beside |= {"DOCKER_HOST": engine.url, "NO_PROXY": "*"}
        runner.run(workflow("deploy"), "build", but="Set up")
    assert runner.output == {"image": IMAGE}
    (call,) = login()
    assert call["argv"] == ["login", "ghcr.io", "--username", "somebody", "--password-stdin"]
    assert call["input"] == "the token"


def test_nothing_is_handed_on_where_the_build_fails(runner, workflow, tmp_path):
    runner.beside |= {"DOCKER_HOST": f"unix://{tmp_path}/nosuch"}
    with pytest.raises(StepError, match="there is no Docker engine"):
        runner.run(workflow("deploy"), "build", only="Build")
    assert runner.output == {}


def test_what_is_planned_is_shown_and_then_applied(deployer, workflow, recorded):
    calls = recorded("kkinfra")
    shown = deployer.run(workflow("deploy"), "deploy", but="Set up kkinfra")
    plan, apply = calls()
    assert [each.replace(f"{deployer.temp}/", "") for each in plan["argv"]] == PLAN
    assert [each.replace(f"{deployer.temp}/", "") for each in apply["argv"]] == APPLY
    for call in (plan, apply):
        assert {name: call["variables"].get(name) for name in SECRETS} == SECRETS
        assert "SSH_PRIVATE_KEY" not in call["variables"]
    assert deployer.summary == "### Plan for production\n\n~~~~text\nwebapp: ghcr.io/old -> ghcr.io/new\n~~~~\n"
    assert shown[-1] == "applying the plan\n"


@pytest.mark.parametrize("argv", [PLAN, APPLY], ids=["plan", "apply"])
def test_the_command_takes_these_calls(argv):
    options = _options(argv)
    assert (options.environment, options.yes) == ("production", "--yes" in argv)


def test_without_a_plan_nothing_is_applied_and_the_summary_says_why(deployer, workflow, recorded):
    calls = recorded("kkinfra")
    deployer.beside["FAIL_WITH"] = "the host does not answer"
    with pytest.raises(StepError, match=r"^Plan, and change nothing: exit code 1\n"):
        deployer.run(workflow("deploy"), "deploy", but="Set up kkinfra")
    assert len(calls()) == 1
    assert deployer.summary.endswith("error: the host does not answer\n~~~~\n")


def test_a_secret_that_github_does_not_have_is_told_by_its_name(deployer, workflow):
    deployer.known |= {"secrets.DJANGO_SECRET_KEY": "", "secrets.REGISTRY_DOCKERCONFIG": ""}
    with pytest.raises(StepError, match="DJANGO_SECRET_KEY"):
        deployer.run(workflow("deploy"), "deploy", only="Plan")
    assert "REGISTRY_DOCKERCONFIG: the variable REGISTRY_DOCKERCONFIG is set but empty" in deployer.summary
    assert "POSTGRES_PASSWORD" not in deployer.summary
    assert deployer.summary.endswith("\n~~~~\n")


def test_a_deployment_that_fails_fails_the_job(deployer, workflow, recorded):
    recorded("kkinfra")
    deployer.run(workflow("deploy"), "deploy", only="Plan")
    deployer.beside["FAIL_WITH"] = "health did not come; rolled back"
    with pytest.raises(StepError, match="rolled back"):
        deployer.run(workflow("deploy"), "deploy", only="Deploy")


def test_ssh_is_given_one_key_and_knows_one_host(deployer, workflow, keys):
    deployer.run(workflow("deploy"), "deploy", only="Set up SSH")
    ssh = deployer.home / ".ssh"
    assert {path.name: mode(path) for path in ssh.iterdir()} == dict.fromkeys(
        ["kkinfra", "known_hosts", "config"], 0o600
    )
    assert mode(ssh) == 0o700
    assert (ssh / "kkinfra").read_text() == keys["open"]
    assert (ssh / "known_hosts").read_text() == keys["host"]
    command = [need("ssh"), "-G", "-F", ssh / "config", "-p", "2222", HOST]
    understood = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    assert {"stricthostkeychecking true", "identitiesonly yes", "identityfile ~/.ssh/kkinfra"} <= set(understood)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("secrets.SSH_PRIVATE_KEY", "", "SSH_PRIVATE_KEY: is not set; make it a secret in the GitHub environment"),
        ("vars.SSH_KNOWN_HOSTS", "", "SSH_KNOWN_HOSTS: is not set; make it a variable in the GitHub environment"),
        ("secrets.SSH_PRIVATE_KEY", "locked", "SSH_PRIVATE_KEY is no private key without a passphrase"),
        ("secrets.SSH_PRIVATE_KEY", "host", "SSH_PRIVATE_KEY is no private key without a passphrase"),
        ("vars.SSH_KNOWN_HOSTS", "other.example.org ssh-ed25519 AAAA", f"SSH_KNOWN_HOSTS has no key of {HOST}"),
    ],
)
def test_a_key_that_is_no_use_is_told_before_anything_is_sent(deployer, workflow, keys, name, value, message):
    deployer.known[name] = keys.get(value, value)
    with pytest.raises(StepError, match=message) as failed:
        deployer.run(workflow("deploy"), "deploy", only="Set up SSH")
    assert keys["open"].splitlines()[1] not in str(failed.value)
    assert keys["locked"].splitlines()[1] not in str(failed.value)


@pytest.fixture
def elsewhere(repository):
    """The deploy workflow where secrets are files and parameters of AWS, and SSH has a port of its own."""
    spec = repository.path / "spec/environments.yaml"
    text = spec.read_text().replace("{env: DJANGO_SECRET_KEY}", "{file: secrets/django}")
    text = text.replace("{env: POSTGRES_PASSWORD}", "{aws_parameter: /x/POSTGRES_PASSWORD}")
    spec.write_text(text.replace("user: deploy,", "user: deploy, port: 2222,"))
    tree = render(open_spec(spec).environments["production"])
    return quick_yaml.load(tree[".github/workflows/deploy-production.yaml"].content)


def test_a_secret_that_is_a_file_is_written_for_the_runner_alone(deployer, elsewhere):
    deployer.run(elsewhere, "deploy", only="Write the files")
    file = deployer.repository / "secrets/django"
    assert (file.read_text(), mode(file)) == ("the DJANGO_SECRET_KEY", 0o600)


def test_a_host_with_a_port_of_its_own_is_known_with_it(deployer, elsewhere, keys):
    with pytest.raises(StepError, match=rf"has no key of \[{HOST}\]:2222"):
        deployer.run(elsewhere, "deploy", only="Set up SSH")
    deployer.known["vars.SSH_KNOWN_HOSTS"] = keys["host"].replace(HOST, f"[{HOST}]:2222")
    deployer.run(elsewhere, "deploy", only="Set up SSH")


def test_a_host_whose_keys_the_specification_has_needs_no_variable(deployer, repository, keys):
    spec = repository.path / "spec/environments.yaml"
    key = keys["host"].removeprefix(HOST).strip()
    spec.write_text(spec.read_text().replace("user: deploy,", f'user: deploy, host_keys: ["{key}"],'))
    tree = render(open_spec(spec).environments["production"])
    deploy = quick_yaml.load(tree[".github/workflows/deploy-production.yaml"].content)
    del deployer.known["vars.SSH_KNOWN_HOSTS"]
    deployer.run(deploy, "deploy", only="Set up SSH")
    assert sorted(path.name for path in (deployer.home / ".ssh").iterdir()) == ["config", "kkinfra"]


class Issuer(http.server.BaseHTTPRequestHandler):
    """GitHub's issuer of tokens: who asks with the right one gets another."""

    def do_GET(self):
        right = self.headers["Authorization"] == "bearer asking"
        asked_for = self.path.endswith("?api=1&audience=sts.amazonaws.com")
        self.send_response(200 if right and asked_for else 401)
        self.end_headers()
        self.wfile.write(b'{"count": 1, "value": "signed"}')

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def issuer():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/token?api=1"
        server.shutdown()
        thread.join()


def test_aws_is_asked_with_a_token_of_githubs(deployer, elsewhere, issuer):
    asking = {"ACTIONS_ID_TOKEN_REQUEST_URL": issuer, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "asking", "NO_PROXY": "*"}
    deployer.beside |= asking
    deployer.run(elsewhere, "deploy", only="Ask GitHub")
    token = deployer.temp / "aws-identity-token"
    assert (token.read_text(), mode(token)) == ("signed", 0o600)
    deployer.beside |= {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "somebody else's"}
    with pytest.raises(StepError, match="401"):
        deployer.run(elsewhere, "deploy", only="Ask GitHub")
