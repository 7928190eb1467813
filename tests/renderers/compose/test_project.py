"""What the Compose project says, and what Compose itself makes of it."""

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest
import yaml

import quick_yaml
from checkout import ROOT
from kkinfra.rendering.pipeline import load_spec, render
from kkinfra.spec.environment import Environment
from kkinfra_compose import ComposeRenderer
from kkinfra_nginx import NginxRenderer
from programs import need

RENDERERS = {"compose": ComposeRenderer(), "nginx": NginxRenderer()}
HASH = "kkinfra.content-hash"
PRODUCT = {"webapp-blue", "webapp-green", "celery-worker", "celery-beat", "flower", "redis", "nginx"}
ONE_OFFS = {"migration", "static-files", "volumes", "certbot"}
EVERYTHING = {
    "mailer": {"kind": "container", "image": "ghcr.io/example/mailer:2.0.0", "memory": "64MB", "port": 9000,
               "ready": "/health", "route": "/hooks/", "settings": {"GREETING": "$HOME ${USER} $$"}},
    "plain": {"kind": "container", "memory": "64MB", "command": ["python", "-c", "print('${PATH}')"]},
    "targets": {"kind": "job", "memory": "64MB", "command": ["python", "manage.py", "loaddata"], "before": ["webapp"],
                "deadline": "5m"},
    "clearsessions": {"kind": "cron", "memory": "64MB", "command": ["python", "manage.py", "clearsessions"],
                      "schedule": "*/5 * * * *", "deadline": "2m"},
}  # fmt: skip


def production(tmp_path: Path, stack: dict | None = None, **changes) -> Environment:
    changed = {"extends": "production", **changes, "stack": stack or {}}
    path = tmp_path / "environments.yaml"
    own = textwrap.indent(yaml.safe_dump({"changed": changed}), "  ")
    path.write_text(f"{(ROOT / 'spec/environments.yaml').read_text()}\n{own}")
    return load_spec(path).environments["changed"]


def rendered(environment: Environment) -> dict[str, str]:
    return {artifact.path: artifact.content for artifact in render(environment, RENDERERS)}


def project(environment: Environment) -> dict:
    return quick_yaml.load(rendered(environment)["compose.yaml"])


def services(environment: Environment) -> dict:
    return project(environment)["services"]


def test_the_product_runs_as_one_would_write_it_by_hand(tmp_path):
    written = project(production(tmp_path))
    assert set(written["services"]) == PRODUCT | ONE_OFFS
    assert written["name"] == "kkambbaki-changed"
    plain_up = {name for name, service in written["services"].items() if "profiles" not in service}
    assert plain_up == PRODUCT - {"webapp-blue", "webapp-green"}


def test_every_service_has_limits_logs_and_as_few_rights_as_possible(tmp_path):
    rights = {}
    for name, service in services(production(tmp_path, EVERYTHING)).items():
        assert service["memswap_limit"] == 2 * service["mem_limit"] > 0, name
        assert isinstance(service["mem_limit"], int), "Docker reads a unit as binary"
        assert service["cpus"] > 0, name
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}, name
        assert service["network_mode"] == "host", name
        assert "ports" not in service, name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["restart"] == "no" or service["stop_grace_period"], name
        rights[name] = (service["user"], tuple(service.get("cap_add", ())))
    root = {name: capabilities for name, (user, capabilities) in rights.items() if user == "0:0"}
    assert root == {
        "nginx": ("CHOWN", "NET_BIND_SERVICE", "SETGID", "SETUID"), "volumes": ("CHOWN",), "certbot": (),
    }  # fmt: skip
    assert {capabilities for name, (_, capabilities) in rights.items() if name not in root} == {()}


def test_every_service_that_stays_has_a_health_check(tmp_path):
    found = services(production(tmp_path, EVERYTHING))
    for name in (*PRODUCT, "mailer"):
        assert found[name]["healthcheck"]["test"][0] == "CMD", name
    assert "healthcheck" not in found["plain"]
    assert all(found[name]["healthcheck"] == {"disable": True} for name in ONE_OFFS)


def test_limits_and_log_sizes_are_exact_in_either_kind_of_unit(tmp_path):
    found = services(production(tmp_path, {"redis": {"memory": "384MiB"}}, logs={"max_size": "10MiB"}))["redis"]
    assert found["mem_limit"] == 384 * 2**20
    assert found["logging"]["options"]["max-size"] == str(10 * 2**20)


def test_there_is_no_swap_where_the_host_has_none(tmp_path):
    found = services(production(tmp_path, EVERYTHING, platform={"host": {"swap": None}}))
    assert all(service["memswap_limit"] == service["mem_limit"] for service in found.values())


@pytest.mark.parametrize(
    ("nginx", "tls", "origin"),
    [
        ({}, True, "https://kkambbaki.singun11.wtf"),
        ({"https_port": 8443}, True, "https://kkambbaki.singun11.wtf:8443"),
        ({"http_port": 8080}, True, "https://kkambbaki.singun11.wtf"),
        ({"http_port": 8080}, False, "http://kkambbaki.singun11.wtf:8080"),
        ({}, False, "http://kkambbaki.singun11.wtf"),
    ],
)
def test_the_origin_that_is_trusted_has_the_port_that_browsers_see(tmp_path, nginx, tls, origin):
    changes = {"platform": {"host": {"ports": [80, 443, 8080, 8443]}}, **({} if tls else {"tls": None})}
    variables = services(production(tmp_path, {"nginx": nginx}, **changes))["webapp-blue"]["environment"]
    assert variables["CSRF_TRUSTED_ORIGINS"] == origin
    assert variables["ALLOWED_HOSTS"] == "kkambbaki.singun11.wtf"


def test_only_who_reads_the_password_knows_the_database(tmp_path):
    secrets = {"POSTGRES_PASSWORD": {"readers": ["webapp", "migration"]}}
    found = services(production(tmp_path, EVERYTHING, secrets=secrets))
    knows = {name for name, service in found.items() if "DATABASE_HOST" in service.get("environment", {})}
    assert "DATABASE_PASSWORD_FILE" not in found["celery-worker"]["environment"]
    assert knows == {"webapp-blue", "webapp-green", "migration"}
    for name in knows:
        assert "POSTGRES_PASSWORD" in found[name]["secrets"]
        assert found[name]["environment"]["DATABASE_PASSWORD_FILE"].endswith("/POSTGRES_PASSWORD")


def test_a_request_that_runs_ends_before_the_kill(tmp_path):
    found = services(production(tmp_path))
    command = found["webapp-blue"]["command"]
    assert found["webapp-blue"]["stop_grace_period"] == "75s"
    assert command[command.index("--timeout-graceful-shutdown") + 1] == "70"
    assert found["nginx"]["stop_grace_period"] == "75s"


def test_the_two_colours_differ_in_their_colour_only(tmp_path):
    found = services(production(tmp_path))
    blue, green = found["webapp-blue"], found["webapp-green"]
    assert blue != green
    assert json.loads(json.dumps(blue).replace("blue", "green")) == green
    assert (blue["profiles"], green["profiles"]) == (["blue"], ["green"])
    assert blue["labels"][HASH] == green["labels"][HASH]


def test_a_stale_socket_does_not_keep_the_webapp_from_starting(tmp_path):
    command = services(production(tmp_path))["webapp-blue"]["command"]
    stale = tmp_path / "blue.sock"
    stale.touch()
    argv = [word.replace("$$", "$").replace("/run/app/blue.sock", str(stale)) for word in command]
    argv[argv.index("uvicorn")] = "echo"
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert told.endswith(f"--uds {stale}\n")
    assert not stale.exists()


@pytest.mark.parametrize(
    ("change", "hit"),
    [
        ({"redis": {"policy": "noeviction"}}, {"redis"}),
        ({"nginx": {"rate": 21}}, {"nginx"}),
        ({"nginx": {"uid": 10007}}, {"nginx"}),
        ({"celery-worker": {"concurrency": 3}}, {"celery-worker"}),
        ({"webapp": {"workers": 3}}, {"webapp-blue", "webapp-green"}),
    ],
)
def test_the_content_hash_tells_what_is_to_be_rolled_out(tmp_path, change, hit):
    before, after = services(production(tmp_path)), services(production(tmp_path, change))
    assert {name for name in before if before[name]["labels"][HASH] != after[name]["labels"][HASH]} == hit


def test_secrets_are_files_and_never_variables(tmp_path):
    written = project(production(tmp_path, EVERYTHING))
    for name, service in written["services"].items():
        variables = service.get("environment", {})
        assert {"DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "DATABASE_PASSWORD"}.isdisjoint(variables), name
        assert "env_file" not in service
        assert {f"/run/secrets/{secret}" for secret in service.get("secrets", [])} >= {
            path for variable, path in variables.items() if variable.endswith("_FILE")
        }
    assert {"redis", "nginx", "mailer", "certbot"}.isdisjoint(
        name for name, service in written["services"].items() if service.get("secrets")
    )
    assert written["secrets"]["POSTGRES_PASSWORD"] == {"file": "./secrets/POSTGRES_PASSWORD"}
    assert "REGISTRY_DOCKERCONFIG" not in written["secrets"], "no container reads it"


def test_a_secret_that_one_user_reads_is_closed_to_the_group(tmp_path):
    written = project(production(tmp_path))
    assert written["x-kkinfra"]["secrets"]["POSTGRES_PASSWORD"] == {"owner": 10001, "mode": "0400"}
    assert not any("group_add" in service for service in written["services"].values())


def test_a_secret_can_be_read_by_parts_of_different_users(tmp_path):
    written = project(production(tmp_path, {"celery-worker": {"uid": 10002}}))
    assert written["x-kkinfra"]["secrets"]["POSTGRES_PASSWORD"] == {"owner": 10001, "mode": "0440"}
    assert written["services"]["celery-worker"]["group_add"] == ["10001"]
    assert "group_add" not in written["services"]["webapp-blue"]


def test_nothing_but_nginx_listens_to_the_world(tmp_path):
    files = rendered(production(tmp_path, EVERYTHING))
    assert "\nbind 127.0.0.1\n" in files["redis/redis.conf"]
    found = quick_yaml.load(files["compose.yaml"])
    assert "--address=127.0.0.1" in found["services"]["flower"]["command"]
    assert not {"--host", "--port"} & set(found["services"]["webapp-blue"]["command"])
    listeners = found["x-kkinfra"]["listeners"]
    assert {name for name, ports in listeners.items() if "public" in ports} == {"nginx"}


def test_redis_reads_bytes(tmp_path):
    conf = rendered(production(tmp_path))["redis/redis.conf"]
    assert "\nmaxmemory 256000000\n" in conf
    assert "\nmaxmemory-policy volatile-lru\n" in conf
    assert "\nappendonly yes\n" in conf


def test_redis_that_keeps_nothing_has_no_volume(tmp_path):
    written = project(production(tmp_path, {"redis": {"persistent": False}}))
    assert "redis-data" not in written["volumes"]
    assert any(each.startswith("/data:") for each in written["services"]["redis"]["tmpfs"])


def test_what_runs_once_a_release_is_waited_for_but_never_needed(tmp_path):
    found = services(production(tmp_path, EVERYTHING))
    once = {"condition": "service_completed_successfully", "required": False}
    waits = found["webapp-green"]["depends_on"]
    assert {name for name, how in waits.items() if how == once} == {"volumes", "migration", "static-files", "targets"}
    assert waits["redis"] == {"condition": "service_healthy"}
    assert found["celery-worker"]["depends_on"]["migration"] == once
    assert "targets" not in found["celery-worker"]["depends_on"]
    assert found["targets"]["depends_on"]["migration"] == once


def test_a_job_before_the_migration_does_not_wait_for_it(tmp_path):
    stack = {
        "first": {"kind": "job", "memory": "64MB", "command": ["true"], "before": ["second"]},
        "second": {"kind": "job", "memory": "64MB", "command": ["true"], "before": ["migration", "redis"]},
    }
    found = services(production(tmp_path, stack))
    assert set(found["first"].get("depends_on", {})) == set()
    assert set(found["second"]["depends_on"]) == {"first"}
    assert set(found["migration"]["depends_on"]) == {"second", "redis"}


def test_jobs_end_at_their_deadline(tmp_path):
    found = services(production(tmp_path, EVERYTHING))
    assert found["targets"]["command"][:4] == ["timeout", "-k", "10", "300"]
    assert found["migration"]["command"][:4] == ["timeout", "-k", "10", "600"]
    assert found["clearsessions"]["profiles"] == ["cron"]


def test_mounted_files_are_rendered_and_missing_ones_are_an_error(tmp_path):
    files = rendered(production(tmp_path))
    for service in quick_yaml.load(files["compose.yaml"])["services"].values():
        for mount in service.get("volumes", []):
            if mount["type"] == "bind":
                source = mount["source"].removeprefix("${KKINFRA_NGINX:-").removesuffix("}").removeprefix("./")
                assert any(path == source or path.startswith(f"{source}/") for path in files), source
                assert mount["read_only"] is True
                assert mount["bind"] == {"create_host_path": False}


def test_the_workers_of_nginx_run_as_the_number_that_is_said(tmp_path):
    files = rendered(production(tmp_path, {"nginx": {"uid": 10007}}))
    user = re.search(r"^user (\S+) (\S+);", files["nginx/tls.conf"], re.MULTILINE)
    assert f"\n{user[1]}:x:10007:10007:" in files["nginx/passwd"]
    assert f"\n{user[2]}:x:10007:" in files["nginx/group"]


def test_the_example_names_what_to_provide_and_no_value(tmp_path):
    secrets = {"API_KEY": {"sops": "secrets.yaml"}, "OTHER": {"env": "POSTGRES_PASSWORD"}}
    lines = rendered(production(tmp_path, secrets=secrets))[".env.example"].splitlines()
    assert lines.count("POSTGRES_PASSWORD=") == 1
    assert "# API_KEY: from the SOPS secrets.yaml#API_KEY" in lines
    variables = [line for line in lines if not line.startswith("#")]
    assert variables == ["DJANGO_SECRET_KEY=", "FLOWER_BASIC_AUTH=", "POSTGRES_PASSWORD=", "REGISTRY_DOCKERCONFIG="]
    assert "Never copy it to the host" in "\n".join(lines)


def test_without_certificates_there_is_one_stage_and_no_certbot(tmp_path):
    written = project(production(tmp_path, tls=None))
    assert "certbot" not in written["services"]
    assert "/etc/nginx/kkinfra/${KKINFRA_NGINX_STAGE:-http}.conf" in written["services"]["nginx"]["command"]


def test_certbot_asks_for_a_certificate_only_where_it_is_due(tmp_path):
    command = services(production(tmp_path))["certbot"]["command"]
    assert "--keep-until-expiring" in command
    assert not {"--staging", "--server"} & set(command)


def test_certbot_asks_another_authority_where_one_is_written(tmp_path):
    tls = {"server": "https://acme.example.org/directory"}
    command = services(production(tmp_path, tls=tls))["certbot"]["command"]
    assert command[command.index("--server") + 1] == "https://acme.example.org/directory"


@pytest.fixture
def compose():
    return need("docker-compose")


def configured(compose, tmp_path, files, *arguments, **variables):
    for path, content in files.items():
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).write_text(content)
    command = [compose, *arguments, "config", "--format", "json"]
    known = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", "USER": "mallory", **variables}
    done = subprocess.run(command, cwd=tmp_path / "tree", env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_compose_takes_every_profile(compose, tmp_path):
    files = rendered(production(tmp_path, EVERYTHING))
    always = PRODUCT - {"webapp-blue", "webapp-green"} | {"mailer", "plain"}
    expected = {
        (): always,
        ("green",): always | {"webapp-green"},
        ("release", "blue"): always | {"webapp-blue", "migration", "static-files", "volumes", "targets"},
        ("*",): PRODUCT | ONE_OFFS | set(EVERYTHING),
    }
    for profiles, names in expected.items():
        arguments = [word for profile in profiles for word in ("--profile", profile)]
        assert set(configured(compose, tmp_path, files, *arguments)["services"]) == names


def test_compose_replaces_nothing_but_the_stage_and_the_directory_of_nginx(compose, tmp_path):
    files = rendered(production(tmp_path, EVERYTHING, purpose="for $5 ${HOME}"))
    found = configured(compose, tmp_path, files, "--profile", "*")
    assert found["services"]["mailer"]["environment"]["GREETING"] == "$$HOME $${USER} $$$$", "`config` doubles it again"
    assert found["services"]["plain"]["command"][-1] == "print('$${PATH}')"
    assert "mallory" not in json.dumps(found)
    assert "/nowhere" not in json.dumps(found)
    for stage in ("http", "tls"):
        variables = {"KKINFRA_NGINX_STAGE": "http"} if stage == "http" else {}
        command = configured(compose, tmp_path, files, **variables)["services"]["nginx"]["command"]
        assert f"/etc/nginx/kkinfra/{stage}.conf" in command


def test_nginx_reads_the_directory_that_the_deployer_names_or_the_one_beside_the_project(compose, tmp_path):
    files = rendered(production(tmp_path))
    for variables, directory in (({}, f"{tmp_path}/tree/nginx"), ({"KKINFRA_NGINX": "/srv/x/nginx"}, "/srv/x/nginx")):
        mounts = configured(compose, tmp_path, files, **variables)["services"]["nginx"]["volumes"]
        assert [each["source"] for each in mounts if each["target"] == "/etc/nginx/kkinfra"] == [directory]


def test_the_product_is_told_which_image_it_is_once_that_has_a_digest(tmp_path):
    digest = "sha256:" + "0123456789abcdef" * 4
    by_tag, by_digest = (
        services(production(tmp_path, image=image))["webapp-blue"]["environment"]
        for image in ("ghcr.io/example/kkambbaki:1.0.0", f"ghcr.io/example/kkambbaki:1.0.0@{digest}")
    )
    assert "IMAGE" not in by_tag
    assert by_digest["IMAGE"] == f"ghcr.io/example/kkambbaki:1.0.0@{digest}"
