"""The order of a deploy, of going back and of an undo: what stops, stops only after what takes its place is healthy."""

from __future__ import annotations

import pytest

from kkinfra.host import releases, runs
from kkinfra.host.journal import read
from recorded_host import RecordedHost
from small_release import manifest, sent, service, staged


@pytest.fixture
def host(tmp_path, monkeypatch):
    return RecordedHost(tmp_path, monkeypatch)


def deploy(host, made, *, what="deploy", key=b"key of the product", **changes):
    """Deploy a release, or go back to it; returns the end that the journal tells."""
    if what == "deploy":
        files = sent(made, key=key, configuration=changes.get("configuration", ""))
        release = staged(host.layout, manifest(made, **changes), files)
    else:
        release = manifest(made)
    host.did.clear()
    request = {"what": what, "release": release.id, "who": "me@laptop", "timeout": 0}
    name = f"20261125T{len(list(host.layout.runs.iterdir())):06}Z-{made}"
    run = runs.create(host.layout, name, request)
    code = runs.perform(run)
    end = read(run.journal)[-1]
    assert (end["kind"], end["ok"]) == ("end", code == 0)
    return end


def serves(host):
    return host.layout.current.resolve().name[-1]


def in_order(host, *wanted):
    """All of these were done, one after another."""
    places = [host.did.index(each) for each in wanted]
    assert places == sorted(places), "\n".join(host.loud())


def test_a_first_deploy(host):
    assert deploy(host, "a")["result"] == "deployed"
    in_order(
        host, "pull aaaaaaaa", "pull xxxxxxxx", "run volumes of a", "start redis of a", "run static-files of a",
        "run migration of a", "start webapp-blue of a", "link current.sock to blue.sock", "start worker of a",
        "start beat of a", "test nginx of a", "start nginx of a", "verify", "link current to a", "journal committed",
        "enable shop-recover.service", "enable shop-clean-a.timer", "journal end",
    )  # fmt: skip
    assert serves(host) == "a"
    assert host.running() == {"redis", "webapp-blue", "worker", "beat", "nginx"}
    assert not any(each.startswith("stop") for each in host.did)


def test_a_job_that_redis_waits_for_runs_before_it(host):
    once = (*manifest("a").once, service("seed", "first-job"))
    assert deploy(host, "a", once=once)["result"] == "deployed"
    in_order(host, "run volumes of a", "run seed of a", "start redis of a", "run migration of a")


def test_another_release_starts_beside_the_one_that_serves(host):
    deploy(host, "a")
    assert deploy(host, "b")["result"] == "deployed"
    in_order(
        host, "pull bbbbbbbb", "run static-files of b", "run migration of b", "start webapp-green of b",
        "stop worker within 2", "link current.sock to green.sock", "start worker of b", "HUP nginx", "verify",
        "journal committed", "stop webapp-blue within 2", "remove webapp-blue", "enable shop-clean-b.timer",
    )  # fmt: skip
    in_order(host, "start webapp-green of b", "stop beat within 2", "start beat of b")
    assert not any(each in host.did for each in ("run volumes of b", "start redis of b", "start nginx of b"))
    assert host.running() == {"redis", "webapp-green", "worker", "beat", "nginx"}
    assert host.enabled == {"shop-recover.service", "shop-clean-b.timer"}
    assert host.dark == []


def test_the_same_release_once_more_starts_nothing(host):
    deploy(host, "a")
    deploy(host, "a", name="20261126T000000Z-a", configuration="a")
    assert not any(each.startswith(("start", "stop", "HUP", "pull")) for each in host.did)
    assert host.dark == []


def test_a_third_release_takes_the_first_colour_again(host):
    for made in "abc":
        deploy(host, made)
    assert "webapp-blue" in host.running()
    assert host.dark == []


def test_going_back_migrates_nothing_and_asks_no_registry(host):
    deploy(host, "a")
    deploy(host, "b")
    assert deploy(host, "a", what="rollback")["result"] == "rolled back"
    in_order(
        host, "run static-files of a", "start webapp-blue of a", "stop worker within 2",
        "link current.sock to blue.sock", "start worker of a", "verify", "journal committed",
        "stop webapp-green within 2",
    )  # fmt: skip
    assert not any("migration" in each or "pull" in each for each in host.did)
    assert (serves(host), host.dark) == ("a", [])


def test_a_webapp_that_is_not_healthy_stops_nothing_that_serves(host):
    deploy(host, "a")
    host.unhealthy.add("webapp-green of b")
    end = deploy(host, "b")
    assert "webapp-green is not healthy" in end["error"]
    assert end["error"].endswith(f"release {manifest('a').id} serves on")
    assert "last answer: /ready: 503" in end["error"]
    assert [each for each in host.did if each.startswith("stop")] == ["stop webapp-green within 2"]
    assert not any(each.startswith("link current.sock") for each in host.did)
    assert (serves(host), host.dark) == ("a", [])
    assert host.running() == {"redis", "webapp-blue", "worker", "beat", "nginx"}


def test_a_migration_that_fails_starts_nothing(host):
    deploy(host, "a")
    host.unhealthy.add("migration of b")
    assert deploy(host, "b")["error"].startswith("migration exited with 1")
    assert not any(each.startswith(("start", "stop", "link current.sock")) for each in host.did)
    assert releases.names(host.layout) == [manifest("a").id], "a release that never served is of no use"


def test_a_worker_that_is_not_healthy_is_undone_after_the_switch(host):
    deploy(host, "a")
    host.unhealthy.add("worker of b")
    assert "worker is not healthy" in deploy(host, "b")["error"]
    in_order(host, "link current.sock to green.sock", "start worker of b", "link current.sock to blue.sock",
             "start worker of a", "journal committed", "stop webapp-green within 2")  # fmt: skip
    assert (serves(host), host.dark) == ("a", [])


def test_what_is_not_seen_through_nginx_is_undone(host):
    deploy(host, "a")
    host.answers = 500
    end = deploy(host, "b")
    assert "through Nginx, /ready answers 500" in end["error"]
    assert (end["result"], serves(host)) == ("broken", "a")


def test_a_configuration_that_nginx_does_not_load_is_undone(host):
    deploy(host, "a")
    host.loads = False
    error = deploy(host, "b")["error"]
    assert "Nginx tested the new configuration and did not load it; that of before serves on" in error
    assert (host.layout.nginx / "served.conf").read_text() == "tls a"
    assert (serves(host), host.served, host.dark) == ("a", "tls a", [])


def test_a_first_deploy_that_fails_leaves_nothing_running(host):
    host.unhealthy.add("worker of a")
    assert deploy(host, "a")["error"].endswith("there was no release before, so nothing serves")
    assert host.running() == set()
    assert not host.layout.current.exists()


def test_volumes_belong_again_to_whom_they_belonged_before(host):
    deploy(host, "a")
    host.unhealthy.add("worker of b")
    owners = service("volumes", "volumes", "y")
    deploy(host, "b", once=(owners, *manifest("b").once[1:]))
    in_order(host, "run volumes of b", "start worker of b", "run volumes of a", "start worker of a")


UNSAFE = [
    {
        "app": "shop",
        "name": "0002",
        "operations": [
            {"what": "RemoveField", "verdict": "unsafe", "why": "it is read"},
            {"what": "AddField", "verdict": "safe", "why": ""},
        ],
    }
]


def test_a_migration_that_the_release_that_serves_cannot_live_with_does_not_run(host):
    deploy(host, "a")
    host.migrations = UNSAFE
    end = deploy(host, "b", django=True)
    assert "shop.0002: RemoveField (unsafe): it is read\nnone of them ran" in end["error"]
    in_order(host, "pull bbbbbbbb", "ask migration of b")
    assert not any(each.startswith(("run migration", "start")) for each in host.did)


def test_a_first_deploy_migrates_whatever_there_is(host):
    host.migrations = UNSAFE
    assert deploy(host, "a", django=True)["ok"]
    in_order(host, "ask migration of a", "run migration of a")


def test_another_nginx_is_tested_before_the_one_that_serves_stops(host):
    deploy(host, "a")
    other = service("nginx", "nginx", "y", image="nginx:1.31", restart_hash="nginx y")
    nginx = manifest("b").nginx
    deploy(host, "b", nginx=type(nginx)(other, nginx.identities, 8181, 80, 443))
    in_order(host, "link current.sock to green.sock", "test nginx of b", "stop nginx within 2", "start nginx of b",
             "verify", "journal committed")  # fmt: skip


def test_what_a_release_does_not_have_any_more_ends_at_last(host):
    mailer = service("mailer", "container", "x")
    deploy(host, "a", services=(*manifest("a").services, mailer))
    deploy(host, "b")
    in_order(host, "journal committed", "stop mailer within 30", "remove mailer")


def test_a_secret_of_another_value_starts_its_readers_again(host):
    deploy(host, "a")
    deploy(host, "a", name="20261126T000000Z-a", configuration="a", key=b"another key")
    assert {each for each in host.did if each.startswith("start")} == {"start webapp-green of a", "start worker of a"}
