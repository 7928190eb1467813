"""The spec is found from any directory of its project, as Git finds a repository, and paths are those from there."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from checkout import SPEC_FILE
from kkinfra.cli.main import main

SPEC = SPEC_FILE
SMALL = """\
project: shop
image: ghcr.io/example/shop:1.0.0
stack:
  webapp: {asgi: "config.asgi:application", memory: 256MB}
  nginx: {version: "1.26", memory: 64MB}
environments:
  production:
    domain: shop.example.org
    platform: {kind: compose, directory: /srv/shop, host: {kind: ec2, region: eu-central-1, instance_type: t3.large}}
    tls: {by: certbot, email: ops@example.org}
    delivery: {by: ssh, host: 203.0.113.10}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with a spec; the test stands two directories below its top."""
    monkeypatch.delenv("KKINFRA_SPEC", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    top = tmp_path / "project"
    (top / "spec").mkdir(parents=True)
    (top / ".git").mkdir()
    (top / "app/deeper").mkdir(parents=True)
    shutil.copy(SPEC, top / "spec")
    monkeypatch.chdir(top / "app/deeper")
    return top


def test_a_render_from_below_goes_where_one_from_the_top_goes(project, capsys, monkeypatch):
    assert main(["render", "production"]) == 0
    assert "files in ../../build/production," in capsys.readouterr().out
    assert (project / "build/production/compose.yaml").is_file()
    assert main(["render", "production"]) == 0  # by its stamp
    assert "nothing changed" in capsys.readouterr().out
    monkeypatch.chdir(project)
    assert main(["render", "production", "--check"]) == 0
    assert not any((project / "app/deeper").iterdir())


def test_an_out_that_is_said_is_from_where_the_user_stands(project):
    assert main(["render", "production", "--out", "here", "-q"]) == 0
    assert (project / "app/deeper/here/production/compose.yaml").is_file()


def test_an_error_is_at_a_path_that_can_be_opened_from_here(project, capsys):
    spec = project / "spec/environments.yaml"
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", "maxmemory: 256QB"))
    assert main(["validate"]) == 1
    place = capsys.readouterr().err.partition(":")[0]
    assert place == "../../spec/environments.yaml"
    assert Path(place).samefile(spec)
    assert main(["validate", "-o", "sarif"]) == 1
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "spec/environments.yaml"


@pytest.mark.parametrize(
    ("stand", "file"),
    [
        (".", "build/production/compose.yaml"),
        (".", "compose.yaml"),
        ("build", "production/compose.yaml"),
        ("build/production", "compose.yaml"),
        ("build/production", "./compose.yaml"),
        ("build/production/nginx", "../compose.yaml"),
        ("app/deeper", "../../build/production/compose.yaml"),
        ("app/deeper", "compose.yaml"),
    ],
)
def test_a_line_is_explained_by_any_path_to_its_file(project, capsys, monkeypatch, stand, file):
    (project / "spec/environments.yaml").write_text(SMALL)
    assert main(["render", "production", "-q"]) == 0
    monkeypatch.chdir(project / stand)
    assert main(["explain", "production", f"{file}:2"]) == 0
    assert capsys.readouterr().out.startswith("compose.yaml:2: name: shop-production\n")


def test_nothing_above_the_repository_is_looked_at(project, capsys):
    inner = project / "app/deeper/vendored"
    (inner / ".git").mkdir(parents=True)
    os.chdir(inner)
    assert main(["validate"]) == 1
    line = capsys.readouterr().err
    assert line.startswith(f"error: there is no spec/environments.yaml in {inner}; write one with `kkinfra init`")


def test_where_it_was_looked_for_is_said(project, capsys):
    (project / "spec/environments.yaml").unlink()
    assert main(["render", "alpha", "-o", "json"]) == 1
    shown = capsys.readouterr()
    assert f"in {project}/app/deeper or above it, up to {project}; write one with `kkinfra init`" in shown.err
    assert "there is no spec/environments.yaml" in json.loads(shown.out)["error"]


def test_a_spec_that_is_named_is_not_searched(project, capsys, monkeypatch):
    assert main(["validate", "--spec", "spec/environments.yaml"]) == 1
    assert "error: spec/environments.yaml: does not exist" in capsys.readouterr().err
    monkeypatch.setenv("KKINFRA_SPEC", "spec/environments.yaml")
    assert main(["validate"]) == 1
    assert "spec/environments.yaml, which KKINFRA_SPEC names, does not exist" in capsys.readouterr().err
    monkeypatch.setenv("KKINFRA_SPEC", "../../spec/environments.yaml")
    assert main(["validate"]) == 0


def test_the_spec_of_another_user_is_not_taken_unasked(project, capsys):
    if os.geteuid():
        pytest.skip("needs root, who alone may give a file to somebody")
    os.chown(project / "spec/environments.yaml", 65534, 65534)
    assert main(["validate"]) == 1
    assert "error: ../../spec/environments.yaml belongs to another user; name it with --spec" in capsys.readouterr().err
    assert main(["validate", "--spec", "../../spec/environments.yaml"]) == 0
