"""What Git tells of a working tree, asked in real repositories."""

from __future__ import annotations

import subprocess

import pytest

import repository as repositories
from kkinfra.errors import ProcessError, RevisionError
from kkinfra.system.revision import revision_of, source_url
from repository import Repository


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """The present directory; Git does not see the settings of whoever runs the tests."""
    monkeypatch.delenv("GIT_DIR", raising=False)
    for name, value in repositories.PLAIN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return repositories.make(tmp_path)


def test_a_clean_tree(repository):
    found = revision_of(str(repository.path))
    assert found.commit == repository.git("rev-parse", "HEAD")
    assert (found.branch, found.created, found.changes) == ("main", "2026-11-23T16:02:03Z", ())
    assert not found.is_dirty


def test_it_is_told_from_any_directory_of_the_repository(repository):
    repository.write("elsewhere/forgotten")
    assert revision_of(str(repository.path / "app")).changes == ("elsewhere/",)


def test_changed_staged_renamed_deleted_and_untracked_files_are_dirt_and_ignored_ones_are_not(repository):
    for name in ("changed", "staged", "? old name", "deleted", "new\nline"):
        repository.write(name, f"{name} with enough text to be recognised")
    repository.commit()
    repository.write("changed", "other")
    repository.write("staged", "other")
    repository.git("add", "staged")
    repository.git("mv", "? old name", "new name")
    (repository.path / "deleted").unlink()
    repository.write("new\nline", "other")
    repository.write("한글")
    repository.write("build/ignored")
    found = revision_of(str(repository.path))
    assert set(found.changes) == {"changed", "staged", "new name", "deleted", "new\nline", "한글"}


def test_a_conflict_is_dirt(repository):
    repository.git("checkout", "-q", "-b", "other")
    repository.write("file", "theirs")
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.write("file", "ours")
    repository.commit()
    with pytest.raises(Exception, match="merge"):
        repository.git("merge", "-q", "other")
    assert revision_of(str(repository.path)).changes == ("file",)


def test_settings_do_not_hide_dirt(repository):
    repository.git("config", "status.showUntrackedFiles", "no")
    repository.git("config", "status.relativePaths", "true")
    repository.write("app/forgotten")
    assert revision_of(str(repository.path)).changes == ("app/forgotten",)


def test_settings_do_not_hide_a_dirty_submodule(repository, tmp_path_factory):
    inner = repositories.make(tmp_path_factory.mktemp("inner"))
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.path), "inner")
    repository.git("config", "submodule.inner.ignore", "all")
    repository.commit()
    assert not revision_of(str(repository.path)).is_dirty
    repository.write("inner/noxfile.py", "changed")
    assert revision_of(str(repository.path)).changes == ("inner",)


@pytest.mark.needs("ssh-keygen")
def test_settings_put_no_signature_before_the_time(repository, tmp_path):
    key = tmp_path / ".git" / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in (("gpg.format", "ssh"), ("user.signingKey", str(key)), ("log.showSignature", "true")):
        repository.git("config", name, value)
    repository.git("config", "gpg.ssh.allowedSignersFile", f"{key}.pub")
    repository.git("commit", "--quiet", "--allow-empty", "-S", "-m", "signed")
    assert "ignature" in repository.git("show", "--no-patch", "--format=%ct")
    assert revision_of(str(repository.path)).created == "2026-11-23T16:02:03Z"


def test_a_detached_head_has_no_branch(repository):
    repository.git("checkout", "-q", "--detach")
    assert revision_of(str(repository.path)).branch == ""


def test_no_commit_yet(tmp_path):
    Repository(tmp_path).git("init", "-q")
    with pytest.raises(RevisionError, match="has no commit yet, and images are called after one; commit first"):
        revision_of(str(tmp_path))


@pytest.mark.needs("git")
def test_no_repository(tmp_path):
    with pytest.raises(RevisionError, match=r"is not in a Git repository, .* write `git init`"):
        revision_of(str(tmp_path))


def test_somebody_elses_repository(repository, monkeypatch):
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # Git's own switch for this
    with pytest.raises(RevisionError, match=r"git config --global --add safe.directory"):
        revision_of(str(repository.path))


def test_a_broken_repository_is_told_in_gits_words(repository):
    (repository.path / ".git/index").write_bytes(b"broken")
    with pytest.raises(RevisionError, match=r"Git does not tell the revision of .*: fatal: "):
        revision_of(str(repository.path))


def test_no_git(repository, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    told = r"git cannot be started .*; install it .*`sudo apt-get install git`\), or add it to PATH"
    with pytest.raises(ProcessError, match=told):
        revision_of(str(repository.path))


def test_the_source_is_where_origin_is(repository):
    assert revision_of(str(repository.path)).source == ""
    repository.git("remote", "add", "origin", "git@github.com:example/kkambbaki.git")
    assert revision_of(str(repository.path)).source == "https://github.com/example/kkambbaki"


@pytest.mark.parametrize(
    ("remote", "source"),
    [
        ("https://github.com/o/n.git", "https://github.com/o/n"),
        ("https://gitlab-ci-token:s3cret@git.example.org:8443/o/n.git", "https://git.example.org:8443/o/n"),
        ("https://s3cret@github.com/o/n/", "https://github.com/o/n"),
        ("https://github.com/o/n?token=s3cret#x", "https://github.com/o/n"),
        ("http://git.local/o/n", "http://git.local/o/n"),
        ("ssh://git@git.example.org:22/o/n.git", "https://git.example.org/o/n"),
        ("git@github.com:o/n.git", "https://github.com/o/n"),
        ("github.com:o/n", "https://github.com/o/n"),
        ("/srv/git/n.git", ""),
        ("../n.git", ""),
        ("file:///srv/git/n.git", ""),
        ("https://", ""),
        ("", ""),
        ("https://github.com/o/n\nx", ""),
    ],
)
def test_the_address_of_a_remote_has_no_credentials(remote, source):
    assert source_url(remote) == source
