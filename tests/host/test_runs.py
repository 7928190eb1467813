"""A run from its beginning to its end: who may run, what stops it, what is written down, and what stays."""

from __future__ import annotations

import os

import pytest

from kkinfra.host import lock, releases, runs
from kkinfra.host.errors import CancelledError, HostError
from kkinfra.host.fingerprint import fingerprint
from kkinfra.host.journal import COMMITTED, read
from kkinfra.host.local import previous
from kkinfra.host.process import Finished
from kkinfra.host.services import in_release
from recorded_host import RecordedHost
from small_release import manifest, sent, staged


@pytest.fixture
def host(tmp_path, monkeypatch):
    return RecordedHost(tmp_path, monkeypatch)


def asked(host, made, what="deploy", name="", **request):
    """A run that was asked for."""
    release = manifest(made, **({"name": name} if name else {}))
    if what == "deploy":
        staged(host.layout, release, sent(made))
    number = len(list(host.layout.runs.glob("2*")))
    wanted = {"what": what, "release": release.id, "who": "me@laptop", "timeout": 0, **request}
    return runs.create(host.layout, f"20261125T{number:06}Z-{made}", wanted)


def done(host, made, **more):
    """A run to its end, which the journal tells."""
    run = asked(host, made, **more)
    host.did.clear()
    runs.perform(run)
    return read(run.journal)[-1]


def history(host):
    return [(line["what"], line["release"][-1], line["result"]) for line in runs.history(host.layout)]


def test_what_was_done_is_written_down_to_stay(host):
    done(host, "a", ci="https://ci.example.org/1")
    done(host, "b")
    done(host, "a", what="rollback")
    assert history(host) == [("deploy", "a", "deployed"), ("deploy", "b", "deployed"), ("rollback", "a", "rolled back")]
    first, second, _ = runs.history(host.layout)
    assert (first["who"], first["ci"], first["before"], first["why"]) == (
        "me@laptop", "https://ci.example.org/1", "", "",
    )  # fmt: skip
    assert second["before"] == manifest("a").id
    assert second["image"] == manifest("b").image


def test_an_old_release_of_another_version_hinders_no_run(host):
    done(host, "a")
    done(host, "b")
    (host.layout.release(manifest("a").id) / "release.json").write_text('{"format": 0}')
    assert done(host, "c")["result"] == "deployed"


def test_the_release_before_is_the_one_that_served_last(host):
    done(host, "a")
    with pytest.raises(HostError, match="there is no release before this one on the host to go back to"):
        previous(host.layout)
    done(host, "b")
    host.unhealthy.add("webapp-blue of c")
    assert not done(host, "c")["ok"]
    assert previous(host.layout) == manifest("a").id


def test_while_another_run_holds_the_lock_nothing_is_done_nor_written_into_the_history(host):
    done(host, "a")
    with lock.held(host.layout, {"who": "octocat@runner", "what": "deploy"}):
        end = done(host, "b")
    assert (end["ok"], end["error_kind"]) == (False, "locked")
    assert "the host is locked by octocat@runner" in end["error"]
    assert host.loud() == []
    assert history(host) == [("deploy", "a", "deployed")]
    assert releases.names(host.layout) == [manifest("a").id]


def test_the_lock_is_free_after_any_end(host):
    host.unhealthy.add("webapp-blue of a")
    done(host, "a")
    assert lock.status(host.layout) == {"held": False}


def test_the_lock_tells_who_holds_it_and_at_what(host, monkeypatch):
    seen = []
    real = host.up
    monkeypatch.setattr(host, "up", lambda *arguments: (seen.append(lock.status(host.layout)), real(*arguments)))
    done(host, "a")
    assert all(status["held"] for status in seen)
    assert [status["holder"]["phase"] for status in seen] == ["redis", "webapp-blue", "start", "nginx"]
    assert {status["holder"]["pid"] for status in seen} == {os.getpid()}
    assert {status["holder"]["release"] for status in seen} == {manifest("a").id}


def test_a_host_that_changed_since_the_plan_is_left_alone(host):
    done(host, "a")
    end = done(host, "b", expected="fingerprint of another moment")
    assert (end["error_kind"], host.loud()) == ("changed", [])
    assert "the host has changed since the plan was made; nothing was changed" in end["error"]


def test_a_host_that_is_as_it_was_is_deployed_to(host):
    done(host, "a")
    assert done(host, "b", expected=fingerprint(host.layout, host))["ok"]


@pytest.mark.parametrize("drift", ["Memory", "Running", "gone"])
def test_the_fingerprint_notices_what_was_done_by_hand(host, drift):
    done(host, "a")
    before = fingerprint(host.layout, host)
    assert fingerprint(host.layout, host) == before
    if drift == "gone":
        del host.there["beat"]
    else:
        host.there["beat"]["HostConfig" if drift == "Memory" else "State"][drift] = 0
    assert fingerprint(host.layout, host) != before


def test_a_release_that_was_changed_on_the_host_is_not_gone_back_to(host):
    done(host, "a")
    done(host, "b")
    (host.layout.release(manifest("a").id) / "compose.yaml").write_text("by hand")
    end = done(host, "a", what="rollback")
    assert "were changed on the host: compose.yaml; deploy anew" in end["error"]
    assert (host.loud(), host.dark) == ([], [])
    assert manifest("a").id in releases.names(host.layout), "one that served stays"


def test_a_run_that_nobody_wants_any_more_is_not_begun(host):
    run = asked(host, "a")
    runs.forbid(host.layout, run.name)
    assert runs.perform(run) == 1
    end = read(run.journal)[-1]
    assert end["error_kind"] == "cancelled"
    assert (host.loud(), releases.names(host.layout)) == ([], [])


@pytest.mark.parametrize(
    "before",
    ["run migration of b", "start webapp-green of b", "stop worker", "start worker of b", "HUP nginx", "verify"],
)
def test_who_cancels_before_the_release_serves_keeps_the_one_before(host, monkeypatch, before):
    done(host, "a")
    real = host.do

    def do(what):
        if what.startswith(before) and not host.was_cancelled:
            host.was_cancelled = True
            raise CancelledError("somebody asked it to stop")
        real(what)

    host.was_cancelled = False
    monkeypatch.setattr(host, "do", do)
    end = done(host, "b")
    assert host.was_cancelled
    assert (end["error_kind"], end["result"]) == ("cancelled", "failed")
    assert end["error"].endswith(f"release {manifest('a').id} serves on")
    assert host.layout.current.resolve().name == manifest("a").id
    assert host.running() == {"redis", "webapp-blue", "worker", "beat", "nginx"}
    assert host.dark == []


def test_once_the_release_serves_it_is_finished_whatever_goes_wrong(host, monkeypatch):
    done(host, "a")
    real = host.systemctl

    def fail(argv, **_):
        raise HostError("systemctl exited with 1")

    monkeypatch.setattr("kkinfra.host.units.check", fail)
    end = done(host, "b")
    assert (end["ok"], end["result"]) == (False, "deployed")
    assert end["error"].startswith("the release serves, but not all was finished: systemctl exited with 1")
    assert host.layout.current.resolve().name == manifest("b").id
    monkeypatch.setattr("kkinfra.host.units.check", real)
    assert done(host, "b", name="20261201T000000Z-b")["ok"]
    assert host.enabled == {"shop-recover.service", "shop-clean-b.timer"}


def test_an_error_of_the_code_is_undone_too(host, monkeypatch):
    done(host, "a")
    monkeypatch.setattr("kkinfra.host.nginx.asked_through", lambda *_: 1 / 0)
    end = done(host, "b")
    assert "ZeroDivisionError" in end["error"]
    assert end["result"] == "broken", "what asks cannot tell whether the one before serves either"
    assert host.layout.current.resolve().name == manifest("a").id


def test_secrets_are_told_to_nobody(host, monkeypatch):
    run = asked(host, "a")
    monkeypatch.setattr(host, "run_once", lambda *_: Finished(1, "", "password is key of the product"))
    runs.perform(run)
    text = run.journal.read_text() + host.layout.history.read_text()
    assert "key of the product" not in text
    assert "password is ***" in text


def test_only_so_many_releases_stay_and_those_that_are_mounted(host):
    for number in range(5):
        done(host, "ab"[number % 2], name=f"2026112{number}T000000Z-{'ab'[number % 2]}")
    made = [manifest("c", name=f"202612{number:02}T000000Z-c", keep=2) for number in range(1, 4)]
    for each in made:
        staged(host.layout, each, sent("c"))
        number = len(list(host.layout.runs.glob("2*")))
        request = {"what": "deploy", "release": each.id, "who": "me", "timeout": 0}
        assert runs.perform(runs.create(host.layout, f"20261125T{number:06}Z-c", request)) == 0
    left = releases.names(host.layout)
    assert made[-1].id in left
    assert made[-2].id in left
    mounted = {name for each in host.services().all() for name in in_release(host.layout, each)}
    assert set(left) == {made[-1].id, made[-2].id} | mounted


def test_only_so_many_runs_are_kept(host, monkeypatch):
    monkeypatch.setattr(runs, "_KEPT_RUNS", 3)
    for number in range(5):
        done(host, "ab"[number % 2], name=f"2026112{number}T000000Z-{'ab'[number % 2]}")
    assert len(list(host.layout.runs.glob("2*"))) == 3
    assert len(history(host)) == 5


def test_what_is_committed_is_told_before_anything_of_the_one_before_ends(host):
    done(host, "a")
    run = asked(host, "b")
    host.did.clear()
    runs.perform(run)
    kinds = [(line["kind"], line.get("step", "")) for line in read(run.journal)]
    assert kinds.index((COMMITTED, "")) < kinds.index(("begin", "drain"))
    assert kinds.index(("done", "nginx")) < kinds.index((COMMITTED, ""))
