"""`deploy` where Argo CD delivers, from the specification to a commit that serves."""

from __future__ import annotations

import _thread
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import quick_yaml
from gitops_user import deploy_environment
from kkinfra.errors import ClusterError, DeployError, InterruptedRunError
from kkinfra.rendering.pipeline import render, with_image

SENTINEL = "s3ntinel-of-a-secret-that-nobody-may-see"
CHOSEN = "kustomize:\n  images:\n  - ghcr.io/example/kkambbaki:main-abcdef1\n"


def left_behind() -> list[Path]:
    return list(Path(tempfile.gettempdir()).iterdir())


def test_the_rendered_tree_lands_in_git_and_is_followed_until_it_serves(
    options, environment, origin, argocd, capsys
):  # fmt: skip
    assert deploy_environment(options, environment) == 0
    tree = render(environment)
    assert {f"alpha/{path}" for path in tree.paths()} <= set(origin.files())
    assert origin.show("alpha/webapp/deployment.yaml") == tree["webapp/deployment.yaml"].content.rstrip("\n")
    assert argocd.seen[-1] == origin.tip
    assert re.search(
        f"^deployed {origin.tip[:12]} in .* s; committed, synced and healthy$", capsys.readouterr().out, re.MULTILINE
    )
    assert left_behind() == []


def test_the_commit_says_what_by_whom_and_from_which_revision(options, environment, origin, argocd, project):
    deploy_environment(options, environment)
    text = origin.log("%an <%ae>%n%B").split("by somebody else")[0]
    assert text.startswith("Dana <dana@example.org>\nDeploy kkambbaki alpha: ghcr.io/example/kkambbaki:1.0.0\n")
    assert "+ webapp/deployment.yaml" in text
    assert "added, 0 changed, 0 removed" in text
    revision = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project, text=True)
    assert f"Kkinfra-Revision: {revision[:12]}" in text
    assert "Kkinfra-By: " in text


def test_a_second_deploy_commits_nothing_and_asks_nobody(options, environment, origin, argocd, capsys):
    deploy_environment(options, environment)
    before = origin.tip
    options.yes = False
    assert deploy_environment(options, environment) == 0
    assert origin.tip == before
    assert "nothing was to be committed" in capsys.readouterr().out


def test_files_of_others_stay_and_those_that_are_not_rendered_any_more_go(options, environment, origin, argocd):
    deploy_environment(options, environment)
    origin.push({"alpha/NOTES.md": "mine\n", "alpha/.argocd-source-kkambbaki-alpha.yaml": CHOSEN})
    inventory = json.loads(origin.show("alpha/.kkinfra.json"))
    content = "of an earlier release\n"
    inventory["files"]["old/part.yaml"] = hashlib.sha256(content.encode()).hexdigest()
    origin.push({"alpha/old/part.yaml": content, "alpha/.kkinfra.json": json.dumps(inventory)})
    deploy_environment(options, environment)
    assert "alpha/old/part.yaml" not in origin.files()
    assert origin.show("alpha/NOTES.md") == "mine"
    assert origin.show("alpha/.argocd-source-kkambbaki-alpha.yaml") == CHOSEN.rstrip("\n")
    assert origin.show("beta/kustomization.yaml") == "of another environment"
    assert "- old/part.yaml" in origin.log()


def test_a_file_of_somebody_where_a_rendered_one_belongs_stops_it(options, environment, origin, argocd):
    before = origin.push({"alpha/webapp/deployment.yaml": "handwritten\n"})
    with pytest.raises(DeployError, match=r"webapp/deployment\.yaml; remove them there in a commit"):
        deploy_environment(options, environment)
    assert origin.tip == before


def test_a_path_that_leads_out_of_the_clone_is_refused(options, environment, origin, argocd, tmp_path):
    origin.push({})
    outside = tmp_path / "outside"
    outside.mkdir()
    origin.others.joinpath("alpha").symlink_to(outside)
    origin.push({})
    with pytest.raises(DeployError, match="leads out of"):
        deploy_environment(options, environment)
    assert list(outside.iterdir()) == []


def test_a_dry_run_changes_nothing_anywhere(options, environment, origin, argocd, cluster, capsys):
    options.dry_run = True
    before, asked = origin.tip, len(cluster.requests)
    assert deploy_environment(options, environment) == 0
    assert (origin.tip, len(cluster.requests)) == (before, asked)
    told = capsys.readouterr().out
    assert "+ webapp/deployment.yaml" in told
    assert re.search(r"^  looked, \d+\.\d s$", told, re.MULTILINE)
    assert left_behind() == []


def test_nothing_is_pushed_where_nobody_agrees(options, environment, origin, argocd):
    options.yes = False
    before = origin.tip
    with pytest.raises(DeployError, match="nobody is here to be asked"):
        deploy_environment(options, environment)
    assert origin.tip == before


def test_another_image_is_rendered_and_committed(options, environment, origin, argocd):
    options.image = "ghcr.io/example/kkambbaki:2.0.0"
    deploy_environment(options, environment)
    assert "image: ghcr.io/example/kkambbaki:2.0.0" in origin.show("alpha/webapp/deployment.yaml")


def test_an_image_that_argo_cd_would_not_run_is_refused(options, environment, origin, argocd):
    before = origin.push({"alpha/.argocd-source-kkambbaki-alpha.yaml": CHOSEN})
    options.image = "ghcr.io/example/kkambbaki:2.0.0"
    with pytest.raises(DeployError, match=r"Image Updater has chosen ghcr\.io/example/kkambbaki:main-abcdef1"):
        deploy_environment(options, environment)
    assert origin.tip == before


def test_the_tag_that_image_updater_has_chosen_is_told(options, environment, origin, argocd, capsys):
    origin.push({"alpha/.argocd-source-kkambbaki-alpha.yaml": CHOSEN})
    deploy_environment(options, environment)
    assert "runs ghcr.io/example/kkambbaki:main-abcdef1, which Image Updater has chosen" in capsys.readouterr().out


def test_a_missing_application_is_told_with_its_remedy_once_the_commit_is_there(options, environment, origin, cluster):
    with pytest.raises(ClusterError) as raised:
        deploy_environment(options, environment)
    assert origin.tip[:12] in str(raised.value)
    assert "no Application kkambbaki-alpha in the namespace argocd" in str(raised.value)
    assert "--bootstrap" in str(raised.value)
    assert "alpha/kustomization.yaml" in origin.files()


def test_a_cluster_that_is_not_reached_leaves_a_commit_and_says_so(
    options, environment, origin, cluster, tmp_path, monkeypatch
):  # fmt: skip
    config = cluster.kubeconfig(tmp_path / "away")
    config.write_text(config.read_text().replace(cluster.url, "http://127.0.0.1:9"))
    monkeypatch.setenv("KUBECONFIG", str(config))
    with pytest.raises(ClusterError, match="no answer from") as raised:
        deploy_environment(options, environment)
    assert f"{origin.tip[:12]} is on main" in str(raised.value)
    assert "alpha/kustomization.yaml" in origin.files()


def test_a_failed_migration_is_told_in_argo_cds_words(options, environment, origin, argocd):
    def fails(revision: str) -> dict[str, object]:
        hook = {
            "kind": "Job", "name": "migration-0a2da3604e", "hookType": "Sync", "hookPhase": "Failed",
            "message": "Job has reached the specified backoff limit",
        }  # fmt: skip
        result = {"revision": revision, "resources": [hook]}
        return {"phase": "Failed", "message": "one or more synchronization tasks completed unsuccessfully",
                "syncResult": result}  # fmt: skip

    deploy_environment(options, environment)
    changed = with_image(environment, "ghcr.io/example/kkambbaki:2.0.0", "--image")
    original = argocd.sync
    argocd.sync = lambda: (argocd.outcome.update({
        "sync": {"status": "OutOfSync", "revision": origin.tip}, "operationState": fails(origin.tip)
    }), original())  # fmt: skip
    with pytest.raises(DeployError) as raised:
        deploy_environment(options, changed)
    told = str(raised.value)
    assert "kkambbaki-alpha failed: the sync failed" in told
    assert "job/migration-0a2da3604e hook failed: Job has reached the specified backoff limit" in told
    assert "argocd app sync kkambbaki-alpha" in told


def test_no_secret_is_needed_and_none_is_in_git_or_in_what_is_told(
    options, environment, origin, argocd, monkeypatch, capsys
):  # fmt: skip
    for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD", "FLOWER_BASIC_AUTH", "REGISTRY_DOCKERCONFIG"):
        monkeypatch.setenv(name, f"flower:{SENTINEL}")
    options.verbose = True
    deploy_environment(options, environment)
    told = capsys.readouterr()
    assert SENTINEL not in told.out + told.err + origin.log("%an%B")
    assert SENTINEL not in "".join(origin.show(path) for path in origin.files())


def test_secrets_in_argo_cds_own_words_are_masked(options, environment, origin, argocd, monkeypatch):
    monkeypatch.setenv("DJANGO_SECRET_KEY", SENTINEL)
    monkeypatch.setenv("POSTGRES_PASSWORD", SENTINEL)
    monkeypatch.setenv("FLOWER_BASIC_AUTH", f"flower:{SENTINEL}")
    monkeypatch.setenv("REGISTRY_DOCKERCONFIG", '{"auths":{"ghcr.io":{"auth":"YTpi"}}}')
    original = argocd.sync
    argocd.sync = lambda: (argocd.outcome.update({"operationState": {
        "phase": "Failed", "message": f"exit 1: {SENTINEL}", "syncResult": {"revision": origin.tip}
    }}), original())  # fmt: skip
    with pytest.raises(DeployError) as raised:
        deploy_environment(options, environment)
    assert "exit 1: ***" in str(raised.value)
    assert SENTINEL not in str(raised.value)


def test_programs_get_one_document(options, environment, origin, argocd, capsys):
    options.format = "json"
    deploy_environment(options, environment)
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"]["release"] == origin.tip
    assert found["outcome"]["details"]["pushed"] is True
    assert "webapp/deployment.yaml" in found["outcome"]["details"]["files"]["added"]
    added = {each["identity"] for each in found["plan"]["changes"] if each["action"] == "add"}
    assert added == {*found["outcome"]["details"]["files"]["added"]}


def test_a_pull_request_goes_to_a_branch_of_its_own_and_its_page_is_told(
    options, environment, origin, cluster, capsys
):  # fmt: skip
    options.pull_request = True
    before = origin.tip
    assert deploy_environment(options, environment) == 0
    assert origin.tip == before
    branches = subprocess.check_output(["git", "branch", "--list", "kkinfra/*"], cwd=origin.path, text=True).split()
    (branch,) = branches
    assert branch.startswith("kkinfra/alpha-")
    told = capsys.readouterr().out
    assert f"https://github.com/example/kkambbaki-infra/compare/main...{branch}?expand=1" in told
    assert "alpha/webapp/deployment.yaml" in origin.files(branch)
    assert deploy_environment(options, environment) == 0
    assert "was pushed before" in capsys.readouterr().out
    assert cluster.requests == []


def test_a_deployer_that_is_killed_before_the_push_is_run_again(options, environment, origin, argocd, project):
    """The hook of the repository stands for the moment between commit and push."""
    origin.hook("pre-receive", f"kill -9 $(cat {project}/pid); sleep 0.2; exit 1")
    program = (
        "import os, pathlib\n"
        "pathlib.Path('pid').write_text(str(os.getpid()))\n"
        "from kkinfra.cli.main import main\n"
        f"main(['deploy', 'alpha', '--yes', '--spec', {options.spec!r}])\n"
    )
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=project, env=found, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -9, done.stderr
    assert origin.count() == 2
    (origin.path / "hooks/pre-receive").unlink()
    assert deploy_environment(options, environment) == 0
    assert origin.count() == 3


def test_a_deploy_is_refused_while_the_environment_stays_rolled_back(options, environment, origin, argocd):
    mark = {"to": "0" * 40, "image": "i:1", "who": "dana@desk", "at": 0, "override": None}
    before = origin.push({"alpha/.kkinfra-rolled-back.json": json.dumps(mark)})
    with pytest.raises(DeployError, match=r"rolled back to 000000000000 .* until `kkinfra resume alpha`"):
        deploy_environment(options, environment)
    assert origin.tip == before


def test_what_is_in_git_can_be_read_as_the_objects_that_were_rendered(options, environment, origin, argocd):
    deploy_environment(options, environment)
    listed = quick_yaml.load(origin.show("alpha/kustomization.yaml"))["resources"]
    there = origin.files()
    assert all(f"alpha/{path}" in there for path in listed)


def test_nobody_waits_in_silence_for_a_slow_repository(options, environment, origin, argocd, monkeypatch, capsys):
    """With a clock that is ten times as fast."""
    monkeypatch.setattr("kkinfra.console.telling.EVERY_SECONDS", 0.4)
    origin.hook("pre-receive", "sleep 1")
    deploy_environment(options, environment)
    assert "to main (for " in capsys.readouterr().err


def test_ctrl_c_says_that_the_commit_is_there_and_that_argo_cd_goes_on(options, environment, origin, argocd):
    def interrupted() -> None:
        argocd.over.set()
        _thread.interrupt_main()

    argocd.sync = interrupted
    with pytest.raises(InterruptedRunError) as raised:
        deploy_environment(options, environment)
    assert f"{origin.tip[:12]} is on main, and Argo CD goes on by itself" in str(raised.value)


def test_an_image_for_another_processor_is_refused_and_nothing_is_committed(options, environment, origin, images):
    images[str(environment.image)], before = ["linux/arm64"], origin.tip
    with pytest.raises(DeployError, match=r"alpha needs images for linux/amd64 .*\n  .* is for linux/arm64\n"):
        deploy_environment(options, environment)
    assert origin.tip == before


def test_where_image_updater_has_chosen_another_that_one_runs(options, environment, origin, argocd, images):
    images[str(environment.image)] = ["linux/arm64"]
    origin.push({"alpha/.argocd-source-kkambbaki-alpha.yaml": CHOSEN})
    assert deploy_environment(options, environment) == 0
