"""The history of an environment in Git."""

from __future__ import annotations

import json

import pytest

from kkinfra.errors import DeployError
from kkinfra.targets.gitops.history import run as tell_history
from kkinfra.targets.gitops.resume import run as resume_environment
from kkinfra.targets.gitops.rollback import run as rollback_environment

IMAGE = "ghcr.io/example/kkambbaki"


OVERRIDE = "alpha/.argocd-source-kkambbaki-alpha.yaml"


def chosen(tag: str) -> str:
    return f"kustomize:\n  images:\n  - redis:7.4.1\n  - {IMAGE}:{tag}\n"


def argparse_with(options, **values):
    return type(options)(**{**vars(options), **values})


def test_the_history_names_who_did_what(options, environment, origin, argocd, two, capsys):
    origin.push({OVERRIDE: chosen("main-aaaaaaa")}, "build: update of image", who="argocd-image-updater")
    origin.push({"beta/other": "1"}, "not ours")
    rollback_environment(options, environment)
    capsys.readouterr()
    tell_history(options, environment)
    told = capsys.readouterr().out
    assert "alpha is rolled back to" in told
    assert "not ours" not in told
    assert (
        told.index("Roll back")
        < told.index("build: update of image")
        < told.index(f"Deploy kkambbaki alpha: {IMAGE}:1")
    )
    assert "argocd-image-updater" in told
    tell_history(argparse_with(options, format="json"), environment)
    found = json.loads(capsys.readouterr().out)
    assert [each["action"] for each in found] == ["rollback", "", "deploy", "deploy"]
    assert found[0]["to"] == two[1]


def test_after_a_rollback_was_resumed_what_serves_is_what_was_gone_back_to(options, environment, origin, argocd, two):
    rollback_environment(options, environment)
    resume_environment(options, environment)
    with pytest.raises(DeployError, match="no earlier commit"):
        rollback_environment(options, environment)
