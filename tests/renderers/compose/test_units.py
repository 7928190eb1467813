"""What the host does by itself: units of systemd, and what tells a reload of Nginx from a new start."""

import configparser
import textwrap

import pytest
import yaml

import quick_yaml
from checkout import SPEC_FILE
from kkinfra.rendering.pipeline import load_spec, render
from kkinfra_compose import ComposeRenderer
from kkinfra_nginx import NginxRenderer

RENDERERS = {"compose": ComposeRenderer(), "nginx": NginxRenderer()}
CRON = {"clearsessions": {"kind": "cron", "memory": "64MB", "command": ["python", "manage.py", "clearsessions"],
                          "schedule": "*/5 * * * *", "deadline": "2m"}}  # fmt: skip
UNIT = "systemd/kkambbaki-changed"
HASH, RESTART_HASH = "kkinfra.content-hash", "kkinfra.restart-hash"


@pytest.fixture
def rendered(tmp_path):
    """The files of an environment that is production, changed."""

    def render_changed(stack=None, **changes):
        path = tmp_path / "environments.yaml"
        own = {"changed": {"extends": "production", **changes, "stack": stack or {}}}
        written = SPEC_FILE.read_text()
        path.write_text(f"{written}\n{textwrap.indent(yaml.safe_dump(own), '  ')}")
        environment = load_spec(path).environments["changed"]
        return {artifact.path: artifact.content for artifact in render(environment, RENDERERS)}

    return render_changed


def unit(text):
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str
    parser.read_string(text)
    return parser


def labels(files, name):
    return quick_yaml.load(files["compose.yaml"])["services"][name]["labels"]


def units(files):
    return sorted(path for path in files if path.startswith("systemd/"))


def test_what_was_cut_off_is_put_right_at_boot_once_docker_is_there(rendered):
    recover = unit(rendered()[f"{UNIT}-recover.service"])
    assert recover["Service"]["ExecStart"] == "/srv/kkambbaki/kkinfra recover"
    assert recover["Install"]["WantedBy"] == "multi-user.target"
    assert recover["Unit"]["Requires"] == "docker.service"
    assert "docker.service" in recover["Unit"]["After"].split()


def test_the_certificate_is_renewed_twice_a_day_by_the_program_on_the_host(rendered):
    files = rendered()
    assert unit(files[f"{UNIT}-certbot.service"])["Service"]["ExecStart"] == "/srv/kkambbaki/kkinfra renew"
    assert files[f"{UNIT}-certbot.timer"].count("OnCalendar=") == 2
    assert "Install" not in unit(files[f"{UNIT}-certbot.service"]), "its timer starts it"


def test_without_certificates_nothing_is_renewed(rendered):
    assert units(rendered(tls=None)) == [f"{UNIT}-recover.service"]


def test_a_command_at_set_times_runs_in_the_release_that_serves(rendered):
    files = rendered(CRON)
    command = unit(files[f"{UNIT}-clearsessions.service"])["Service"]["ExecStart"]
    assert command.endswith("--file /srv/kkambbaki/current/compose.yaml run --rm --no-deps -T clearsessions")
    assert unit(files[f"{UNIT}-clearsessions.timer"])["Install"]["WantedBy"] == "timers.target"


def test_what_is_elsewhere_on_the_host_is_found_there(rendered):
    files = rendered(platform={"directory": "/opt/shop"})
    for name in ("recover", "certbot"):
        assert unit(files[f"{UNIT}-{name}.service"])["Service"]["ExecStart"].startswith("/opt/shop/kkinfra ")


def test_a_configuration_of_nginx_that_a_reload_brings_in_leaves_its_restart_hash_alone(rendered):
    before, after = labels(rendered(), "nginx"), labels(rendered({"nginx": {"rate": 30}}), "nginx")
    assert before[HASH] != after[HASH]
    assert before[RESTART_HASH] == after[RESTART_HASH]


@pytest.mark.parametrize("change", [{"memory": "96MB"}, {"uid": 10007}, {"version": "1.31"}])
def test_what_no_reload_brings_in_changes_the_restart_hash_of_nginx(rendered, change):
    assert labels(rendered(), "nginx")[RESTART_HASH] != labels(rendered({"nginx": change}), "nginx")[RESTART_HASH]


def test_only_nginx_is_reloaded(rendered):
    services = quick_yaml.load(rendered()["compose.yaml"])["services"]
    assert [name for name, service in services.items() if RESTART_HASH in service["labels"]] == ["nginx"]
