"""`kkinfra deploy` up to the moment at which a host is asked: what stops it, and that no host was asked."""

from __future__ import annotations

import json

import pytest

import live_project
from kkinfra.cli.main import main
from local_ssh import stand_in


@pytest.fixture
def ssh(tmp_path, monkeypatch):
    """A project with all its secrets, and an ssh that only writes down what it is asked."""
    live_project.enter(tmp_path, monkeypatch)
    found = stand_in(tmp_path, monkeypatch)
    found.does("cat > /dev/null; exit 1")
    return found


@pytest.fixture
def refused(ssh, capsys):
    """What is said where it is refused before any host is asked."""

    def run(*arguments):
        code = main(["deploy", *arguments])
        said = capsys.readouterr()
        assert code == 1
        assert ssh.calls == [], "no host was asked"
        assert "s3cret" not in said.out + said.err
        return said.err

    return run


def test_a_host_with_all_its_secrets_is_asked(ssh, capsys):
    assert main(["deploy", "live", "--yes"]) == 1
    assert len(ssh.calls) == 1
    assert "the host did not answer `observe` to its end" in capsys.readouterr().err


def test_an_environment_that_is_not_there(refused):
    assert "names no environment 'liev' (did you mean 'live'?)" in refused("liev")


@pytest.mark.parametrize("image", ["Kkambbaki", "x y", "ghcr.io/o/r@sha256:abc"])
def test_an_image_that_is_none(refused, image):
    assert "error: --image: " in refused("live", "--image", image)


def test_missing_secrets_stop_it_and_all_of_them_are_named(refused, monkeypatch):
    monkeypatch.delenv("DJANGO_SECRET_KEY")
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "")
    said = refused("live", "--yes")
    assert "2 secrets of live cannot be used; nothing was changed" in said
    assert "DJANGO_SECRET_KEY: " in said
    assert "FLOWER_BASIC_AUTH: " in said


def test_missing_secrets_stop_a_dry_run_too(refused, monkeypatch):
    monkeypatch.delenv("POSTGRES_PASSWORD")
    assert "1 secret of live cannot be used" in refused("live", "--dry-run")


def test_a_plan_of_another_environment(refused, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"version": 2, "environment": "production", "image": "x"}))
    assert refused("live", "--plan", str(plan)) == f"error: {plan} is no plan of live; make one with --save-plan\n"


def test_a_plan_that_is_not_there(refused):
    assert "nosuch.json cannot be read as a plan" in refused("live", "--plan", "nosuch.json")


def test_a_plan_whose_image_is_none(refused, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({"version": 2, "environment": "live"}))
    assert "error: --plan: 'None' is not an image" in refused("live", "--plan", str(plan))


def test_a_specification_that_is_wrong(refused, tmp_path):
    spec = tmp_path / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("workers: 2", "workers: two"))
    assert "stack.webapp.workers" in refused("live")


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "1.5", "86401"])
@pytest.mark.parametrize("flag", ["--timeout", "--lock-wait"])
def test_what_is_no_number_of_seconds(ssh, capsys, flag, seconds):
    code = main(["deploy", "live", flag, seconds])
    assert code == 1
    assert f"{seconds!r} is no number of seconds from 1 to 86400" in capsys.readouterr().err
    assert ssh.calls == []


@pytest.mark.parametrize(
    "flag",
    [
        "--image", "--dry-run", "--save-plan", "--plan", "--yes", "--timeout", "--lock-wait", "--staging-first",
        "--retry-certificate", "--allow-unsafe-migrations", "-o", "--quiet", "--verbose", "--spec",
    ],
)  # fmt: skip
def test_the_help_names_every_flag(capsys, flag):
    code = main(["deploy", "--help"])
    assert code == 0
    assert flag in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verb", "environment", "ways"),
    [("bootstrap", "live", "apply, gitops"), ("resume", "live", "gitops")],
)
def test_a_verb_that_a_delivery_does_not_know_says_for_which_it_is(ssh, capsys, verb, environment, ways):
    assert main([verb, environment]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: {environment} is delivered by ")
    assert told.endswith(f"; `{verb}` is for what is delivered by {ways}\n")
    assert ssh.calls == []
