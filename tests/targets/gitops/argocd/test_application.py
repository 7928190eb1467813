"""An Argo CD Application says of itself how far it is with a commit, and what is wrong."""

from __future__ import annotations

import pytest

from kkinfra.targets.gitops.argocd.application import out_of_sync, state, summary, troubles

WANTED, OLD = "b" * 40, "a" * 40


def is_wanted(revision: str) -> bool:
    return revision == WANTED


def application(**status) -> dict:
    told = {
        "sync": {"status": "Synced", "revision": WANTED}, "health": {"status": "Healthy"},
        "operationState": {"phase": "Succeeded", "syncResult": {"revision": WANTED}},
    }  # fmt: skip
    return {"metadata": {"name": "shop"}, "status": {**told, **status}}


def test_synced_and_healthy_at_the_commit_is_done():
    assert state(application(), is_wanted).kind == "done"


def test_an_application_that_was_never_looked_at_is_under_way():
    assert state({"metadata": {"name": "shop"}}, is_wanted).kind == "under way"


@pytest.mark.parametrize("status", [
    {"sync": {"status": "Synced", "revision": OLD}},
    {"sync": {"status": "OutOfSync", "revision": WANTED}},
    {"health": {"status": "Progressing"}},
    {"health": {"status": "Missing"}},
    {"operationState": {"phase": "Running", "message": "waiting for completion of hook batch/Job/migration"}},
])  # fmt: skip
def test_anything_short_of_that_is_under_way(status):
    assert state(application(**status), is_wanted).kind == "under way"


def test_what_argo_cd_waits_for_is_told():
    running = {"phase": "Running", "message": "waiting for completion of hook batch/Job/migration"}
    assert "hook batch/Job/migration" in state(application(operationState=running), is_wanted).text


def test_an_operation_that_has_not_begun_is_waited_for():
    assert state({**application(), "operation": {"sync": {}}}, is_wanted).kind == "under way"


@pytest.mark.parametrize("phase", ["Failed", "Error"])
def test_a_sync_that_was_given_up_is_failed_for_its_own_commit_and_no_other(phase):
    tried = {"phase": phase, "message": "no", "syncResult": {"revision": WANTED}}
    assert state(application(operationState=tried), is_wanted).kind == "failed"
    earlier = {"phase": phase, "message": "no", "syncResult": {"revision": OLD}}
    assert state(application(operationState=earlier), is_wanted).kind == "done"


def test_a_sync_that_failed_before_it_had_a_result_is_known_by_what_was_asked_for():
    tried = {"phase": "Error", "message": "no", "operation": {"sync": {"revision": WANTED}}}
    assert state(application(operationState=tried), is_wanted).kind == "failed"


def test_poor_health_and_errors_may_pass():
    assert state(application(health={"status": "Degraded"}), is_wanted).kind == "troubled"
    wrong = [{"type": "ComparisonError", "message": "repository not accessible"}]
    found = state(application(conditions=wrong), is_wanted)
    assert (found.kind, found.text) == ("troubled", "ComparisonError: repository not accessible")
    harmless = [{"type": "OrphanedResourceWarning", "message": "2 orphans"}]
    assert state(application(conditions=harmless), is_wanted).kind == "done"


def test_every_trouble_is_named_once_with_its_reason():
    failed = {"kind": "Deployment", "name": "webapp", "status": "SyncFailed", "message": "field is immutable"}
    hook = {"kind": "Job", "name": "migration", "hookType": "Sync", "hookPhase": "Failed", "message": "BackoffLimit"}
    found = troubles(application(
        conditions=[{"type": "SyncError", "message": "gave up"}] * 2,
        operationState={"phase": "Failed", "message": "one task failed", "syncResult": {"resources": [failed, hook]}},
        resources=[
            {"kind": "Service", "name": "webapp", "status": "Synced", "health": {"status": "Healthy"}},
            {"kind": "ConfigMap", "name": "old", "status": "OutOfSync", "requiresPruning": True},
            {"kind": "Deployment", "name": "nginx", "status": "OutOfSync", "health": {"status": "Degraded",
             "message": "exceeded its progress deadline"}},
        ],
    ))  # fmt: skip
    assert found == [
        "SyncError: gave up",
        "sync Failed: one task failed",
        "deployment/webapp was not applied: field is immutable",
        "job/migration hook failed: BackoffLimit",
        "configmap/old is not in Git any more, and was not pruned",
        "deployment/nginx is not synced",
        "deployment/nginx is degraded: exceeded its progress deadline",
    ]


def test_many_troubles_are_counted():
    many = [{"kind": "ConfigMap", "name": str(number), "status": "OutOfSync"} for number in range(40)]
    found = troubles(application(resources=many))
    assert len(found) == 16
    assert found[-1] == "... and 25 more"
    assert len(out_of_sync(application(resources=many))) == 40


def test_it_is_told_in_a_few_words():
    assert summary(application()) == "Argo CD is at bbbbbbbbbbbb, Synced, Healthy"
    assert summary({}) == "Argo CD is at no revision, Unknown, Unknown"
