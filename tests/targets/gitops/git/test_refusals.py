"""Git's words, as they are known of hosts that the tests cannot ask, become a cause and a remedy."""

from __future__ import annotations

import pytest

from kkinfra.targets.gitops.git.compare_url import compare_url
from kkinfra.targets.gitops.git.git import without_credentials
from kkinfra.targets.gitops.git.refusals import is_moved, refusal, rejection

WHERE = ("https://github.com/o/r.git", "main")


@pytest.mark.parametrize(("said", "cause"), [
    ("fatal: could not read Username for 'https://github.com': terminal prompts disabled", "nobody is signed in"),
    ("remote: Invalid username or token.\nfatal: Authentication failed for 'https://github.com/o/r.git/'", "nobody is"),
    ("git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.", "nobody is"),
    ("remote: Permission to o/r.git denied to dana.\nfatal: The requested URL returned error: 403", "may not write"),
    ("remote: You are not allowed to push code to this project.", "may not write"),
    ("fatal: unable to access '...': Could not resolve host: github.com", "is not reached"),
    ("ssh: connect to host github.com port 22: Connection timed out", "is not reached"),
    ("remote: Repository not found.\nfatal: repository 'https://github.com/o/r.git/' not found", "there is no"),
    ("Host key verification failed.\nfatal: Could not read from remote repository.", "SSH key of the host"),
    ("fatal: Remote branch main not found in upstream origin", "has no branch main"),
    ("fatal: something new", "Git refuses"),
])  # fmt: skip
def test_a_refusal_has_a_cause_and_gits_own_words(said, cause):
    told = refusal(said, *WHERE)
    assert cause in told.splitlines()[0]
    assert said.splitlines()[-1] in told


def test_a_protected_branch_is_told_in_the_hosts_words():
    said = (
        "!\tHEAD:refs/heads/main\t[remote rejected] (protected branch hook declined)\n"
        "remote: error: GH006: Protected branch update failed for refs/heads/main.\n"
        "remote: error: At least 1 approving review is required by reviewers with write access.\n"
    )
    told = rejection(said, *WHERE)
    assert "At least 1 approving review is required" in told
    assert not is_moved(said)


@pytest.mark.parametrize("word", [
    "[rejected] (fetch first)",
    "[rejected] (non-fast-forward)",
    "[remote rejected] (cannot lock ref 'refs/heads/main': is at 1 but expected 2)",
    "[remote rejected] (failed to update ref)",
])  # fmt: skip
def test_a_push_that_came_second_is_known_by_its_porcelain(word):
    assert is_moved(f"To origin\n!\tHEAD:refs/heads/main\t{word}\nDone\n")


def test_credentials_in_an_address_are_not_printed():
    text = "fatal: unable to access 'https://dana:token@host/r.git/': also ssh://git@host and git@host:r.git"
    assert (
        without_credentials(text) == "fatal: unable to access 'https://host/r.git/': also ssh://host and git@host:r.git"
    )


def test_a_pull_request_is_opened_where_the_host_has_its_page():
    branch = "kkinfra/alpha-1"
    assert compare_url("git@github.com:o/r.git", "main", branch) == (
        "https://github.com/o/r/compare/main...kkinfra/alpha-1?expand=1"
    )
    assert compare_url("https://gitlab.example.org/o/r.git", "main", branch) == (
        "https://gitlab.example.org/o/r/-/merge_requests/new?merge_request%5Bsource_branch%5D=kkinfra%2Falpha-1"
        "&merge_request%5Btarget_branch%5D=main"
    )
    assert compare_url("https://git.example.org/o/r.git", "main", branch) == ""


def test_no_refusal_repeats_the_credentials_of_an_address():
    where = ("https://dana:token@github.com/o/r.git", "main")
    said = "!\tHEAD:refs/heads/main\t[remote rejected] (no)\nremote: see https://dana:token@github.com/o/r.git\n"
    assert "token" not in refusal("Could not resolve host: github.com", *where) + rejection(said, *where)
