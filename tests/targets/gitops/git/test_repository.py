"""The clone: what Git refuses is told with its cause, what is committed is only what was named, and nobody is lost."""

from __future__ import annotations

import threading

import pytest

from gitops_user import deploy_environment
from kkinfra.errors import DeployError
from kkinfra.rendering.pipeline import with_image
from kkinfra.rendering.writing import Comparison
from kkinfra.spec.platforms import GitOps
from kkinfra.targets.gitops.git.landing import Written, land
from kkinfra.targets.gitops.git.repository import MovedError, cloned

ADDRESS = "https://github.com/example/kkambbaki-infra.git"
TOKEN = "ghp-s3ntinel"  # noqa: S105 - a credential that must not be printed


@pytest.fixture
def delivery():
    return GitOps(by="gitops", repository=ADDRESS, path="alpha")


def put(checkout, **files: str) -> Written:
    """Write files into the directory of the tree."""
    checkout.directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (checkout.directory / name).write_text(content)
    return Written(Comparison(added=tuple(files)), tuple(files), "more\n")


def test_a_branch_that_is_not_there_is_told(origin, delivery):
    with (
        pytest.raises(DeployError, match="has no branch staging; create it there"),
        cloned(delivery.model_copy(update={"branch": "staging"})),
    ):
        pass


def test_a_repository_that_is_not_there_is_told(git_config, delivery):
    with pytest.raises(DeployError, match=f"there is no {ADDRESS}, or it is hidden"), cloned(delivery):
        pass


def test_a_host_that_is_not_reached_is_told_without_the_credentials(git_config, delivery):
    git_config.write_text(f'[url "https://dana:{TOKEN}@127.0.0.1:9/"]\n\tinsteadOf = https://github.com/\n')
    with pytest.raises(DeployError, match="is not reached") as raised, cloned(delivery):
        pass
    assert TOKEN not in str(raised.value)
    assert "127.0.0.1" in str(raised.value)


def test_git_that_does_not_end_is_told_without_the_credentials(git_config, delivery, monkeypatch, tmp_path):
    """A transport that hangs, at an address that should never have had credentials in it."""
    monkeypatch.setattr("kkinfra.targets.gitops.git.repository.NETWORK_SECONDS", 0.5)
    (tmp_path / "git-remote-slow").write_text("#!/bin/sh\nexec sleep 60\n")
    (tmp_path / "git-remote-slow").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    address = f"https://dana:{TOKEN}@github.com/o/r.git"
    git_config.write_text(f'[url "slow://host/"]\n\tinsteadOf = https://dana:{TOKEN}@github.com/\n')
    with (
        pytest.raises(DeployError, match="did not end within") as raised,
        cloned(delivery.model_copy(update={"repository": address})),
    ):
        pass
    assert TOKEN not in str(raised.value)
    assert "`git clone" in str(raised.value)


def test_only_the_files_that_are_named_are_committed(origin, delivery):
    with cloned(delivery) as checkout:
        put(checkout, ours="1", theirs="2")
        checkout.commit(("ours",), "more\n")
        checkout.push("main")
    assert "alpha/ours" in origin.files()
    assert "alpha/theirs" not in origin.files()


def test_files_that_the_repository_ignores_are_committed_byte_by_byte(origin, delivery, git_config):
    origin.push({".gitignore": "build/\n*.yaml\n"})
    git_config.write_text(git_config.read_text() + "[core]\n\tautocrlf = true\n[clone]\n\tdefaultRemoteName = up\n")
    with cloned(delivery) as checkout:
        (checkout.directory / "build").mkdir(parents=True)
        (checkout.directory / "build/a.yaml").write_bytes(b"a: |\n  one\r\n  two\n")
        checkout.commit(("build/a.yaml",), "more\n")
        checkout.push("main")
    with cloned(delivery) as checkout:
        assert (checkout.directory / "build/a.yaml").read_bytes() == b"a: |\n  one\r\n  two\n"


def test_nothing_is_committed_where_nothing_changed(origin, delivery):
    with cloned(delivery) as checkout:
        put(checkout, ours="1")
        assert checkout.commit(("ours",), "more\n")
        put(checkout, ours="1")
        assert checkout.commit(("ours",), "more\n") is None
        assert checkout.commit((), "more\n") is None


def test_kkinfra_commits_where_git_knows_nobody(origin, delivery, git_config):
    git_config.write_text(f'[url "file://{origin.path}"]\n\tinsteadOf = {ADDRESS}\n[user]\n\tuseConfigOnly = true\n')
    with cloned(delivery) as checkout:
        land(checkout, lambda there: put(there, ours="1"), lambda _: None)
    assert origin.log("%an").splitlines()[0] == "kkinfra"


def test_the_clone_works_within_a_hook_of_another_repository(origin, delivery, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    with cloned(delivery) as checkout:
        land(checkout, lambda there: put(there, ours="1"), lambda _: None)
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    assert "alpha/ours" in origin.files()


def test_a_branch_that_moved_is_built_upon_and_never_forced(origin, delivery):
    told: list[str] = []
    with cloned(delivery) as checkout:
        theirs = origin.push({"alpha/theirs": "2"})
        landed = land(checkout, lambda there: put(there, ours="1"), told.append)
    assert origin.tip == landed.commit
    assert theirs in origin.log("%H")
    assert {"alpha/ours", "alpha/theirs"} <= set(origin.files())
    assert any("has moved" in line for line in told)


def test_a_branch_that_never_stands_still_ends_it_after_five_times(origin, delivery):
    pushed: list[str] = []

    def write(checkout) -> Written:
        pushed.append(origin.push({"beta/count": str(len(pushed))}))
        return put(checkout, ours=str(len(pushed)))

    with cloned(delivery) as checkout, pytest.raises(DeployError, match="moved each of the 5 times"):
        land(checkout, write, lambda _: None)
    assert len(pushed) == 5
    assert "alpha/ours" not in origin.files()


def test_a_push_without_a_new_look_is_refused_as_moved(origin, delivery):
    with cloned(delivery) as checkout:
        written = put(checkout, ours="1")
        checkout.commit(written.paths, written.message)
        origin.push({"alpha/theirs": "2"})
        with pytest.raises(MovedError):
            checkout.push("main")


def test_a_hook_that_declines_is_quoted(origin, delivery):
    origin.hook("pre-receive", "echo 'policy: two people must agree' >&2; exit 1")
    before = origin.tip
    with cloned(delivery) as checkout, pytest.raises(DeployError, match="policy: two people must agree") as raised:
        land(checkout, lambda there: put(there, ours="1"), lambda _: None)
    assert "does not take the push to main" in str(raised.value)
    assert origin.tip == before


def test_two_deployers_at_once_both_land(options, environment, origin, argocd):
    deploy_environment(options, environment)
    images = [f"ghcr.io/example/kkambbaki:{number}.0.0" for number in (2, 3)]
    failed: list[BaseException] = []

    def deploy(image: str) -> None:
        try:
            deploy_environment(options, with_image(environment, image, "--image"))
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=deploy, args=(image,)) for image in images]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    subjects = origin.log("%s")
    assert all(f"Deploy kkambbaki alpha: {image}" in subjects for image in images)
    assert any(f"image: {image}" in origin.show("alpha/webapp/deployment.yaml") for image in images)


def test_a_later_revision_includes_the_commit_and_an_earlier_one_does_not(origin, delivery):
    before = origin.tip
    with cloned(delivery) as checkout:
        landed = land(checkout, lambda there: put(there, ours="1"), lambda _: None)
        after = origin.push({"beta/more": "1"})
        assert checkout.includes(landed.commit, after)
        assert checkout.includes(landed.commit, landed.commit)
        assert not checkout.includes(landed.commit, before)
        assert not checkout.includes(landed.commit, "0" * 40)
