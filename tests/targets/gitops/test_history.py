"""The history of an environment in Git."""

from __future__ import annotations

import json

import pytest

from gitops_user import resume_environment, rollback_environment, told
from kkinfra.errors import DeployError

IMAGE = "ghcr.io/example/kkambbaki"


OVERRIDE = "alpha/.argocd-source-kkambbaki-alpha.yaml"


def chosen(tag: str) -> str:
    return f"kustomize:\n  images:\n  - redis:7.4.1\n  - {IMAGE}:{tag}\n"


def argparse_with(options, **values):
    return type(options)(**{**vars(options), **values})


def test_the_history_names_who_did_what(options, environment, origin, argocd, two, capsys):
    update = "build: update of image"
    chosen_at = origin.push({OVERRIDE: chosen("main-aaaaaaa")}, update, who="argocd-image-updater")
    origin.push({"beta/other": "1"}, "not ours")
    rollback_environment(options, environment)
    capsys.readouterr()
    told("history", options)
    *lines, mark = capsys.readouterr().out.splitlines()
    assert mark.startswith("alpha is rolled back to")
    assert mark.endswith(", until `kkinfra resume alpha`")
    wanted = [
        (two[0], "deployed", f"{IMAGE}:1.0.0", "dana@desk"), (two[1], "deployed", f"{IMAGE}:2.0.0", "dana@desk"),
        (chosen_at, "committed build: update of image", "argocd-image-updater"),
        (origin.tip, f"rolled back to {two[1][:12]}", f"{IMAGE}:2.0.0"),
    ]  # fmt: skip
    assert len(lines) == len(wanted)
    for line, (commit, *said) in zip(lines, wanted, strict=True):
        assert line.startswith(f"{'*' if commit == origin.tip else ' '} {commit[:12]} 20")
        assert [each for each in said if each not in line] == [], line
    told("history", argparse_with(options, format="json"))
    found = json.loads(capsys.readouterr().out)["runs"]
    assert [each["action"] for each in found] == ["deploy", "deploy", "build: update of image", "rollback"]
    assert (found[-1]["of"], found[-1]["release"]) == (two[1], origin.tip)
    assert [each["serves"] for each in found] == [False, False, False, True]


def test_after_a_rollback_was_resumed_what_serves_is_what_was_gone_back_to(options, environment, origin, argocd, two):
    rollback_environment(options, environment)
    resume_environment(options, environment)
    with pytest.raises(DeployError, match="no earlier commit"):
        rollback_environment(options, environment)
