"""Whether a container is what a release wants, and what is said of one that does not become healthy."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from containers import container
from kkinfra.host import services as module
from kkinfra.host.engine import EngineContainer
from kkinfra.host.errors import HostError
from kkinfra.host.process import Finished
from kkinfra.host.services import Services, check_command, difference, in_release
from small_release import NAMESPACE, layout, manifest, sent, service, staged


@pytest.fixture
def place(tmp_path):
    found = layout(tmp_path / "srv")
    found.releases.mkdir(parents=True)
    return found


@pytest.fixture
def release(place):
    return staged(place, manifest(), sent())


@pytest.fixture
def worker(release):
    return release.services[0]


def running(place, release, of, **changes):
    return container(of, NAMESPACE, place.release(release.id), **changes)


def facts(found, name, **changes):
    """The same container, with some of its facts changed."""
    return EngineContainer({**found.facts, name: {**found.facts[name], **changes}})


def test_what_runs_as_it_was_deployed_does_not_differ(place, release):
    for each in (*release.stateful, *release.services, release.webapp.blue, release.nginx.service):
        assert difference(place, release, each, running(place, release, each)) == ""


def test_what_is_not_there_differs(place, release, worker):
    assert difference(place, release, worker, None) == "is not there"


def test_what_is_made_from_something_else_differs(place, release, worker):
    other = replace(worker, hash="another")
    assert difference(place, release, other, running(place, release, worker)) == "changes"


def test_what_a_reload_brings_in_is_no_difference(place, release):
    nginx = release.nginx.service
    assert difference(place, release, replace(nginx, hash="another"), running(place, release, nginx)) == ""
    assert difference(place, release, replace(nginx, restart_hash="x"), running(place, release, nginx)) == "changes"


def test_another_image_under_the_same_labels_differs(place, release, worker):
    found = facts(running(place, release, worker), "Config", Image="shop:by-hand")
    assert difference(place, release, worker, found) == (
        "runs shop:by-hand, which is not what was deployed: somebody changed it"
    )


@pytest.mark.parametrize("limits", [{"Memory": 65_000_000}, {"NanoCpus": 501_000_000}, {"Memory": 0, "NanoCpus": 0}])
def test_limits_that_were_changed_by_hand_differ(place, release, worker, limits):
    found = facts(running(place, release, worker), "HostConfig", **limits)
    assert difference(place, release, worker, found) == "has other limits than were deployed: somebody changed them"


@pytest.mark.parametrize("cpus", [0.001, 0.1, 0.5, 1.073, 1.101, 1.999, 2.15, 4.5, 63.999])
def test_processors_are_compared_as_compose_rounds_them(place, release, worker, cpus):
    wanted = replace(worker, cpus=cpus)
    assert difference(place, release, wanted, running(place, release, wanted)) == ""


def test_a_secret_of_another_value_differs(place, release, worker):
    other = staged(place, manifest(name="20261201T000000Z-other"), sent(key=b"another key"))
    assert difference(place, other, worker, running(place, release, worker)) == "has another KEY"


def test_the_same_secret_of_another_release_is_no_difference(place, release, worker):
    other = staged(place, manifest(name="20261201T000000Z-other"), sent())
    assert difference(place, other, worker, running(place, release, worker)) == ""


def test_a_secret_that_is_not_mounted_differs(place, release, worker):
    assert difference(place, release, worker, running(place, release, worker, Mounts=[])) == "has another KEY"


def test_a_mounted_file_that_was_changed_by_hand_differs(place, release):
    redis = release.stateful[0]
    file = place.release(release.id) / "compose.yaml"
    found = running(place, release, redis, Mounts=[{"Source": str(file), "Destination": "/etc/x"}])
    assert difference(place, release, redis, found) == ""
    file.write_text("by hand")
    assert difference(place, release, redis, found) == "mounts compose.yaml, which was changed on the host by hand"


@pytest.mark.parametrize("state", [{"Running": False, "Status": "exited"}, {"Restarting": True}])
def test_what_does_not_run_differs(place, release, worker, state):
    found = facts(running(place, release, worker), "State", **state)
    assert difference(place, release, worker, found) == "does not run"


def test_the_releases_whose_files_are_mounted_are_known(place, release, worker):
    assert in_release(place, running(place, release, worker)) == {release.id}
    assert in_release(place, running(place, release, worker, Mounts=[{"Source": "/var/lib/x"}])) == set()


@pytest.mark.parametrize(
    ("healthcheck", "command"),
    [
        (None, None),
        ({"Test": None}, None),
        ({"Test": ["NONE"]}, None),
        ({"Test": ["CMD", "redis-cli", "ping"]}, ["redis-cli", "ping"]),
        ({"Test": ["CMD-SHELL", "redis-cli ping | grep PONG"]}, ["sh", "-c", "redis-cli ping | grep PONG"]),
    ],
)
def test_the_check_is_the_containers_own(healthcheck, command):
    assert check_command({"Config": {"Healthcheck": healthcheck}}) == command


class Engine:
    """Has containers, and remembers what was asked of it."""

    def __init__(self, *containers):
        self.there, self.asked, self.codes, self.is_out_of_memory = list(containers), [], [], False

    def containers(self, project):
        return [each for each in self.there if each.labels["com.docker.compose.project"] == project]

    def container(self, name):
        return next((each for each in self.there if each.name == name), None)

    def stop(self, container, seconds):
        self.asked.append(("stop", container.name, seconds))

    def remove(self, container):
        self.asked.append(("remove", container.name))

    def exit_codes(self, container):
        return self.codes

    def was_out_of_memory(self, container, since, until):
        return self.is_out_of_memory

    def logs(self, container, lines):
        return "first line\nlast line"


@pytest.fixture
def made(place, monkeypatch):
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)

    def make(*containers, patience=0.2):
        engine = Engine(*containers)
        return Services(place, engine, print, patience), engine

    return make


def named(of, name, **state):
    found = container(of, NAMESPACE, Name=f"/{name}")
    return facts(found, "State", **state)


def test_what_an_interrupted_recreation_left_is_none_of_the_service(made, worker):
    services, _ = made(named(worker, "0123456789ab_shop-worker-1"))
    assert services.find("worker") is None


def test_what_is_removed_ends_within_its_grace_and_leftovers_go_too(made, worker):
    services, engine = made(
        named(worker, "shop-worker-1"), named(worker, "0123_shop-worker-1", Running=False), container(service("x", "y"))
    )
    services.remove({"worker": 60})
    assert ("stop", "shop-worker-1", 60) in engine.asked
    assert sorted(each for each in engine.asked if each[0] == "remove") == [
        ("remove", "0123_shop-worker-1"), ("remove", "shop-worker-1"),
    ]  # fmt: skip
    assert not any("0123" in each[1] for each in engine.asked if each[0] == "stop")


def test_a_container_that_is_healthy_is_not_waited_for(made, worker):
    services, _ = made(named(worker, "shop-worker-1"), patience=0)
    checked = {"Config": {**container(worker).facts["Config"], "Healthcheck": {"Test": ["CMD", "true"]}}}
    services.engine.there[0] = EngineContainer({**services.engine.there[0].facts, **checked})
    services.wait(worker)


def test_one_without_a_check_is_healthy_once_it_has_run_for_a_while(made, worker):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.5Z", time.gmtime())
    services, _ = made(named(worker, "shop-worker-1", StartedAt=now))
    with pytest.raises(HostError, match="last answer: it runs for less than 5 s"):
        services.wait(worker)
    services.engine.there[0] = named(worker, "shop-worker-1")
    services.wait(worker)


def test_one_that_does_not_become_healthy_says_its_answer_and_its_log(made, worker, monkeypatch):
    monkeypatch.setattr(module, "run", lambda argv, seconds: Finished(1, "", "/ready: 503"))
    services, engine = made(named(worker, "shop-worker-1", Health={"Status": "starting"}))
    config = {**engine.there[0].facts["Config"], "Healthcheck": {"Test": ["CMD", "check"]}}
    engine.there[0] = EngineContainer({**engine.there[0].facts, "Config": config})
    with pytest.raises(HostError) as raised:
        services.wait(worker)
    first, *rest = str(raised.value).splitlines()
    assert first.startswith("worker is not healthy after ")
    assert rest == ["last answer: /ready: 503", "its log ends with:", "  | first line", "  | last line"]


def test_one_that_ended_is_not_waited_for_any_longer(made, worker):
    services, engine = made(named(worker, "shop-worker-1", Running=False, Status="exited"), patience=60)
    engine.codes = [1]
    with pytest.raises(HostError, match=r"worker ended \(exit code 1\)\nlast answer: it is exited"):
        services.wait(worker)


def test_one_that_ends_again_and_again_for_want_of_memory_is_told_its_limit(made, worker):
    services, engine = made(named(worker, "shop-worker-1", Restarting=True, Status="restarting"), patience=60)
    engine.there[0] = EngineContainer({**engine.there[0].facts, "RestartCount": 3})
    engine.codes, engine.is_out_of_memory = [137, 137], True
    with pytest.raises(HostError) as raised:
        services.wait(worker)
    assert "worker ends again and again (exit code 137)" in str(raised.value)
    assert "it needs more than its memory, 64 MB" in str(raised.value)


def test_one_that_is_removed_meanwhile_is_told(made, worker):
    services, _ = made()
    with pytest.raises(HostError, match="worker was removed while it was waited for"):
        services.wait(worker)


@pytest.mark.parametrize(
    ("code", "said"), [(1, r"worker exited with 1:\nno such table"), (124, r"exited with 124 \(its deadline is 5 s\)")]
)
def test_what_runs_once_and_fails_is_told_with_what_it_printed(made, release, worker, monkeypatch, code, said):
    monkeypatch.setattr(module.ComposeProject, "run", lambda *_, **__: Finished(code, "", "no such table"))
    services, engine = made(named(worker, "shop-worker-once"))
    with pytest.raises(HostError, match=said):
        services.run_once(release, worker)
    assert engine.asked == [("remove", "shop-worker-once")], "what an interrupted run left of it goes first"
