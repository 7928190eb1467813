"""A wheel of somebody else's that brings a platform, a renderer and a target: everything works with it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from documents import conforming
from nomad_double import nomad_double

SPEC = """\
project: shop
image: registry.example.org/shop:1
stack:
  web:
    kind: container
    command: [serve, --port, "9000"]
    port: 9000
    ready: /health
    route: /
    memory: 256MB
settings: {{COLOUR: red}}
secrets:
  API_KEY: {{env: API_KEY}}
environments:
  production:
    purpose: production
    domain: shop.example.org
    platform: {{kind: nomad}}
    delivery: {{by: nomad, address: "{address}"}}
"""
SECRET = "s3cret-of-nomad-4711"  # noqa: S105 - what no output may hold


@pytest.fixture
def nomad():
    with nomad_double() as found:
        yield found


@pytest.fixture
def call(with_nomad, nomad, tmp_path):
    """The command of an environment that has the wheel, in a project whose environment is on Nomad."""
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/environments.yaml").write_text(SPEC.format(address=nomad[0]))
    variables = {**os.environ, "API_KEY": SECRET, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    variables = {key: value for key, value in variables.items() if key not in ("PYTHONPATH", "KKINFRA_SPEC")}

    def run(*arguments):
        argv = [str(with_nomad / "kkinfra"), *arguments]
        done = subprocess.run(
            argv, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        assert SECRET not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    run.project = tmp_path
    return run


def image(call, tag):
    spec = call.project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("shop:1", f"shop:{tag}"))


def test_the_spec_knows_it(call):
    done = call("validate", "production")
    assert (done.returncode, done.stderr) == (0, "")
    schema = json.loads(call("schema").stdout)
    assert (
        schema["definitions"]["Nomad"]["properties"]["datacenters"]["description"] == "Datacenters that it may run in."
    )
    assert "| `platform[nomad].datacenters` |" in call("ledger").stdout
    spec = call.project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("{kind: nomad}", "{kind: nomad, datacentres: [fra1]}"))
    assert "datacentres: is not a key here (did you mean 'datacenters'?)" in call("validate").stderr


def test_what_its_renderer_refuses_is_an_error_at_its_line(call):
    spec = call.project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("memory: 256MB", "memory: 256MB\n    cpu_limit: 500m"))
    told = call("validate").stderr
    assert "spec/environments.yaml:11:" in told
    assert "nomad does not have this: Nomad shares processors; leave it out" in told


def test_it_renders_a_job_without_a_secret(call):
    assert call("render", "production").returncode == 0
    job = json.loads((call.project / "build/production/nomad/job.json").read_text())
    (group,) = job["TaskGroups"]
    task = group["Tasks"][0]
    assert (job["ID"], task["Config"]["image"]) == ("shop-production", "registry.example.org/shop:1")
    assert task["Env"]["API_KEY_FILE"] == "/secrets/API_KEY"
    assert task["Resources"] == {"CPU": 100, "MemoryMB": 256}


def test_it_deploys_compares_and_goes_back(call, nomad):
    _, double = nomad
    done = call("deploy", "production", "--yes")
    assert done.returncode == 0, done.stderr
    assert "  + web" in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].startswith("deployed 0 in ")
    assert double.variables == {"nomad/jobs/shop-production": {"API_KEY": SECRET}}
    assert call("diff", "production").returncode == 0

    image(call, 2)
    done = call("diff", "production", "-o", "json")
    (change,) = conforming("difference", done.stdout)["changes"]
    assert (done.returncode, change["identity"], change["fields"][0]["path"]) == (2, "web", "web.Config.image")
    document = conforming("deploy", call("deploy", "production", "--yes", "-o", "json").stdout)
    assert (document["outcome"]["release"], document["outcome"]["result"]) == ("1", "deployed")

    assert call("rollback", "production", "--yes").stdout.splitlines()[-1].startswith("rolled back to 0 in ")
    history = conforming("history", call("history", "production", "-o", "json").stdout)
    assert [(run["release"], run["serves"]) for run in history["runs"]] == [("0", False), ("1", False), ("2", True)]
    status = conforming("status", call("status", "production", "-o", "json").stdout)
    assert (status["well"], status["release"]["image"]) == (True, "registry.example.org/shop:1")
    assert conforming("lock", call("lock", "status", "production", "-o", "json").stdout)["held"] is False


def test_what_does_not_become_healthy_is_an_error_with_nomads_own_words(call):
    call("deploy", "production", "--yes")
    image(call, "broken")
    done = call("deploy", "production", "--yes")
    assert (done.returncode, done.stdout.count("deployed")) == (1, 0)
    assert "error: version 1 is failed: Failed due to unhealthy allocations" in done.stderr
    assert call("status", "production").returncode == 0


def test_a_plan_of_another_moment_is_not_done(call, nomad):
    call("deploy", "production", "--yes")
    image(call, 2)
    plan = str(call.project / "plan.json")
    assert call("deploy", "production", "--dry-run", "--save-plan", plan).returncode == 0
    assert call("deploy", "production", "--yes", "--plan", plan).returncode == 0
    image(call, 3)
    done = call("deploy", "production", "--yes", "--plan", plan)
    assert (done.returncode, nomad[1].newest("shop-production")["Version"]) == (1, 1)
    assert "nothing was changed; plan again" in done.stderr


def test_flags_of_others_are_refused_and_its_own_are_there(call):
    assert "--timeout S" in call("deploy", "--help").stdout
    done = call("deploy", "production", "--prune", "claim/x")
    assert "--prune is for what is delivered by apply or gitops, and this is by nomad" in done.stderr
    assert "is for what is delivered by apply, gitops" in call("bootstrap", "production").stderr


def test_a_server_that_does_not_answer_is_told_with_what_helps(call):
    spec = call.project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("http://127.0.0.1", "http://127.0.0.1:1/x#").split("/x#")[0] + '"}\n')
    done = call("status", "production")
    assert done.returncode == 1
    assert "error: no Nomad answers at http://127.0.0.1:1 (" in done.stderr


def test_what_it_prints_is_masked(call):
    call("deploy", "production", "--yes")
    assert call("logs", "production").stdout == "web listening\nweb the key is ***\n"


def test_the_wheel_is_less_than_300_lines():
    sources = [path for path in Path(__file__).with_name("nomad").rglob("*") if path.suffix in (".py", ".toml")]
    assert sum(bool(line.strip()) for path in sources for line in path.read_text().splitlines()) < 300
