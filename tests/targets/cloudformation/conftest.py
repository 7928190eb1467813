"""AWS as a double, in place of AWS, for all that boto3 asks; and a project whose environment it holds."""

from __future__ import annotations

import shutil
import time
from types import SimpleNamespace

import pytest

from answering_aws import own_settings
from aws_double import play
from checkout import ROOT
from kkinfra.cli.main import main


@pytest.fixture(autouse=True)
def settings(monkeypatch, tmp_path):
    """AWS's own settings are those of the test, nothing reaches AWS, and no poll waits."""
    own_settings(monkeypatch, tmp_path)
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def aws(monkeypatch):
    return play(monkeypatch)


@pytest.fixture
def kkinfra(tmp_path, monkeypatch, capsys):
    """Runs a verb in a project with the checked-in specification, and tells code, output and errors."""
    shutil.copytree(ROOT / "spec", tmp_path / "spec")
    (tmp_path / "key.pub").write_text(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me\n"
    )
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = main([*arguments])
        said = capsys.readouterr()
        return SimpleNamespace(code=code, out=said.out, err=said.err, lines=said.out.splitlines())

    return run
