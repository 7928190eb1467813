"""The engine's configuration comes into force without stopping a container, and goes back where it does not work."""

from __future__ import annotations

import json

import pytest

from kkinfra.host.errors import HostError
from kkinfra.host.provision import logs
from kkinfra.host.provision.wanted import WantedHost
from recorded_machine import bare

WANTED = WantedHost("deploy", "/srv/x")
FULL = {"log-driver": "json-file", "log-opts": {"max-size": "10m", "max-file": "3"}, "live-restore": True}
FILE = "/etc/docker/daemon.json"
LIVE = ("docker", "info")


class Engine:
    """A recorded machine with an engine, and the files of its configuration by what was done with them."""

    def __init__(self, recorded, monkeypatch):
        self.recorded, self.file, self.seen = recorded, recorded.root / FILE[1:], []
        recorded.has("/usr/bin/dockerd")
        recorded.says("systemctl").says("docker", "version")
        recorded.says("systemctl", "show", output="0\n")
        recorded.says("dockerd", errors="unknown flag: --validate", code=125)
        recorded.says(*LIVE, output="false\n").then_says(*LIVE, output="true\n")
        monkeypatch.setattr(logs.services, "change", self.change)

    def change(self, verb, unit):
        self.seen.append((verb[0], json.loads(self.file.read_text()) if self.file.exists() else None))
        self.recorded(("systemctl", *verb, unit), seconds=1)
        if ("fails", verb[0]) in self.recorded.answers:
            self.recorded.answers.pop(("fails", verb[0]))
            raise HostError(f"`systemctl {verb[0]} {unit}` exited with 1")

    def find(self):
        return logs.find(self.recorded.machine(), WANTED)


@pytest.fixture
def engine(tmp_path, monkeypatch):
    return Engine(bare(tmp_path, "debian-12", monkeypatch), monkeypatch)


def test_containers_are_made_to_outlive_the_engine_before_it_is_restarted(engine):
    engine.find().apply()
    assert engine.seen == [("reload", {"live-restore": True}), ("restart", FULL)]
    assert json.loads(engine.file.read_text()) == FULL
    assert not (engine.recorded.root / logs.DUE[1:]).exists()
    assert (engine.find().found, engine.find().todo) == ("json-file, 10m x 3, live-restore", "")


def test_an_engine_whose_containers_outlive_it_already_is_only_restarted(engine):
    engine.recorded.has(FILE, '{"live-restore": true, "debug": false}')
    engine.recorded.says(*LIVE, output="true\n")
    item = engine.find()
    assert item.todo.endswith("restart the engine, containers go on")
    item.apply()
    assert engine.seen == [("restart", {"debug": False, **FULL})]


def test_what_a_reload_brings_in_is_not_restarted_for(engine):
    engine.recorded.has(FILE, json.dumps({**FULL, "live-restore": False}))
    item = engine.find()
    assert item.todo.endswith("reload the engine")
    item.apply()
    assert {verb for verb, _ in engine.seen} == {"reload"}
    assert json.loads(engine.file.read_text()) == FULL


def test_an_engine_that_was_not_restarted_yet_is(engine):
    engine.recorded.has(FILE, json.dumps(FULL))
    engine.recorded.has(logs.DUE)
    assert engine.find().todo == "restart the engine, containers go on"
    engine.find().apply()
    assert engine.seen[-1] == ("restart", FULL)
    assert not engine.find().todo


@pytest.mark.parametrize("verb", ["reload", "restart"])
@pytest.mark.parametrize("before", ["", '{"debug":   true}'])
def test_a_configuration_that_the_engine_does_not_take_is_taken_back(engine, verb, before):
    if before:
        engine.recorded.has(FILE, before)
    engine.recorded.says("fails", verb)
    with pytest.raises(
        HostError, match=r"the new /etc/docker/daemon.json does not work, so the old one is back: `systemctl"
    ):
        engine.find().apply()
    assert (engine.file.read_text() if engine.file.exists() else "") == before
    assert engine.seen[-1] == (verb, json.loads(before) if before else None)
    assert not (engine.recorded.root / logs.DUE[1:]).exists()
    assert engine.find().todo


def test_an_engine_in_swarm_mode_keeps_its_configuration(engine, monkeypatch):
    moments = iter(range(0, 1000, 10))
    monkeypatch.setattr(logs.time, "monotonic", lambda: next(moments))
    engine.recorded.says(*LIVE, output="false\n")
    with pytest.raises(HostError, match="it never does in swarm mode"):
        engine.find().apply()
    assert not engine.file.exists()
    assert {verb for verb, _ in engine.seen} == {"reload"}


def test_an_engine_that_can_be_asked_is_asked_first(engine):
    said = "unable to configure the Docker daemon: the following directives don't match any configuration option: x"
    engine.recorded.says("dockerd", errors=said, code=1)
    for ask in (engine.find().check, engine.find().apply):
        with pytest.raises(HostError, match="directives don't match any configuration option: x"):
            ask()
    assert engine.seen == []
    assert not engine.file.exists()


def test_an_invalid_file_is_told_with_its_line_and_kept(engine):
    engine.recorded.has(FILE, '{\n  "debug": tru\n}\n')
    with pytest.raises(HostError, match=r"is not JSON \(Expecting value: line 2 column 12"):
        engine.find()
    assert engine.file.read_text() == '{\n  "debug": tru\n}\n'


def test_what_the_engine_is_told_by_flags_cannot_be_told_by_the_file(engine):
    engine.recorded.says("systemctl", "show", output="77\n")
    engine.recorded.has("/proc/77/cmdline", "/usr/bin/dockerd\0--log-opt\0max-size=1g\0")
    with pytest.raises(
        HostError, match=r"is started with --log-opt; take that out \(`systemctl cat docker.service` says"
    ):
        engine.find()
