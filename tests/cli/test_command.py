"""The command as a person or a script meets it: what it prints where, and how it exits."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest


@pytest.mark.parametrize("arguments", [("--spec", "missing.yaml"), ("--spec", ".")])
def test_a_spec_that_cannot_be_read_is_told(kkinfra, project, arguments):
    done = kkinfra(project, "validate", *arguments)
    assert done.returncode == 1
    assert arguments[1] in done.stderr
    assert "Traceback" not in done.stderr


def test_the_spec_may_come_from_the_environment(kkinfra, project):
    shutil.move(project / "spec/environments.yaml", project / "other.yaml")
    assert kkinfra(project, "validate", KKINFRA_SPEC="other.yaml").returncode == 0


def test_validate_speaks_json_and_sarif(kkinfra, project):
    assert json.loads(kkinfra(project, "validate", "-o", "json").stdout)["environments"] == ["alpha", "production"]
    spec = project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", "maxmemory: 256QB"))
    done = kkinfra(project, "validate", "-o", "sarif")
    assert done.returncode == 1
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("spec/environments.yaml", 16)
    done = kkinfra(project, "validate", "-o", "json")
    assert json.loads(done.stdout)["issues"][0]["field"] == "stack.redis.maxmemory"


def test_help_and_an_unchanged_render_import_nothing_heavy(kkinfra, project):
    kkinfra(project, "render", "alpha")
    for arguments in (["--help"], ["render", "alpha"]):
        code = (
            "import sys\nfrom kkinfra.cli.main import main\n"
            f"try: main({arguments!r})\nexcept SystemExit: pass\n"
            "print([name for name in ('pydantic', 'boto3', 'docker', 'kubernetes', 'yaml') if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project,
            env={**os.environ, "XDG_CACHE_HOME": str(project / ".cache")},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_traceback(project):
    done = subprocess.run(
        ["bash", "-c", f"{shlex.quote(sys.executable)} -m kkinfra explain alpha | head -n 1"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr


def test_init_writes_a_project_that_renders(as_process, tmp_path):
    done = as_process(tmp_path, "init", "shop")
    assert done.returncode == 0
    shop = tmp_path / "shop"
    assert as_process(shop, "render", "--all").returncode == 0
    assert (shop / "build/staging/webapp/deployment.yaml").is_file()
    again = as_process(tmp_path, "init", "shop")
    assert again.returncode == 1
    assert "exist already; nothing was written" in again.stderr


@pytest.mark.parametrize("arguments", [["render", "--bogus"], ["rendr"], [], ["explain"]])
def test_a_wrong_call_is_an_error_and_not_a_difference(kkinfra, project, arguments):
    done = kkinfra(project, *arguments)
    assert done.returncode == 1
    assert "usage: kkinfra" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["explain", "production", "-q", "domain"],
        ["explain", "alpha", "-o", "json", "domain"],
        ["render", "alpha", "--out", "x", "production"],
    ],
)
def test_flags_may_stand_anywhere(kkinfra, project, arguments):
    done = kkinfra(project, *arguments)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("verb", [["validate", "nope"], ["explain", "alpha", "nope"], ["render", "nope"]])
def test_a_failure_is_json_too(kkinfra, project, verb):
    done = kkinfra(project, *verb, "-o", "json")
    assert done.returncode == 1
    assert "nope" in json.loads(done.stdout)["error"]
    assert "error:" in done.stderr
