"""What is agreed to is done, in order, and nothing else; what stays undone is told."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest

from kkinfra.host.call import Call
from kkinfra.host.errors import HostError
from kkinfra.host.layout import Layout
from kkinfra.host.provision import compose_plugin, machine, verb
from kkinfra.host.provision.item import Item
from kkinfra.host.provision.wanted import WantedHost
from recorded_machine import bare

ARGUMENTS = {"user": "deploy", "directory": "/srv/x", "log_max_size": "10m", "log_max_files": 3}


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with two things to do, the first of which brings the second along where it is told to."""
    recorded = bare(tmp_path, "debian-12", monkeypatch)
    found = recorded.machine()
    monkeypatch.setattr(machine, "recognise", lambda *_: found)
    state = SimpleNamespace(done=[], recorded=recorded, works=True, home=tmp_path / "home/x")

    def finder(name):
        def find(_machine, _wanted):
            is_done = name in state.done and state.works
            return Item(
                name, "there" if is_done else "none", "" if is_done else "make it", lambda: state.done.append(name)
            )

        return find

    monkeypatch.setattr(verb, "FINDERS", (finder("one"), finder("two")))
    return state


def call(host, **arguments):
    made = Call("provision", Layout(host.home, "x-production"), {**ARGUMENTS, **arguments}, {})
    return verb.provision(made)


def test_looking_does_nothing(host):
    found = call(host)
    assert found["distribution"] == "Debian GNU/Linux 12 (bookworm)"
    assert [item["todo"] for item in found["items"]] == ["make it", "make it"]
    assert host.done == []
    assert not host.home.exists()


def test_what_was_agreed_to_is_done_in_order(host, capfd):
    done = call(host, agreed=call(host)["items"])
    assert host.done == ["one", "two"]
    assert [item["todo"] for item in done["items"]] == ["", ""]
    assert "one: make it" in capfd.readouterr().out


def test_a_host_that_changed_since_is_left_alone(host):
    agreed = call(host)["items"]
    host.done.append("one")
    with pytest.raises(HostError, match="not as it was when you were asked") as raised:
        call(host, agreed=agreed)
    assert raised.value.kind == "changed"
    assert host.done == ["one"]


def test_a_second_run_does_nothing(host):
    call(host, agreed=call(host)["items"])
    call(host, agreed=call(host)["items"])
    assert host.done == ["one", "two"]


def test_what_is_still_to_do_in_the_end_is_told(host):
    agreed = call(host)["items"]
    host.works = False
    with pytest.raises(HostError, match="not all of the host is as wanted\none: none, still to do: make it"):
        call(host, agreed=agreed)


def test_every_item_is_checked_before_the_first_is_done(host):
    def refuse():
        raise HostError("it did not arrive intact")

    items = [
        Item("one", "none", "make it", lambda: host.done.append("one")),
        Item("two", "none", "put it", check=refuse),
    ]
    with pytest.raises(HostError, match="it did not arrive intact"):
        verb.check(items)
    assert host.done == []


def test_an_item_that_fails_is_named(host):
    def fail():
        raise HostError("no space left")

    with pytest.raises(HostError, match="two: no space left\nwhat is done stays done; provision again to go on"):
        verb.apply([Item("two", "none", "make it", fail)], host.recorded.told.append)


PROGRAM = b"\x7fELF and more"
SHA256 = hashlib.sha256(PROGRAM).hexdigest()


def plugin(host, content=PROGRAM, version="v5.6.1\n"):
    staged = host.recorded.root / compose_plugin.PLACE[1:] / ".kkinfra-docker-compose"
    host.recorded.says(str(staged), "version", "--short", output=version, code=0 if version else 126)
    wanted = WantedHost("deploy", "/srv/x", compose=content, compose_sha256=SHA256)
    return compose_plugin.find(host.recorded.machine(), wanted), staged


def test_the_program_of_compose_is_proven_then_put_in_place(host):
    item, staged = plugin(host)
    item.check()
    assert staged.stat().st_mode & 0o777 == 0o755
    item.apply()
    there = staged.with_name("docker-compose")
    assert there.read_bytes() == PROGRAM
    assert not staged.exists()
    host.recorded.says(str(there), "version", "--short", output="5.6.1\n")
    assert plugin(host)[0].found == "5.6.1, in /usr/local/lib/docker/cli-plugins"


def test_a_program_that_did_not_arrive_intact_is_not_even_written(host):
    item, staged = plugin(host, PROGRAM + b"x")
    with pytest.raises(HostError, match="did not arrive intact"):
        item.check()
    assert not staged.parent.exists()


@pytest.mark.parametrize(("version", "said"), [("v2.19.9\n", "2.19.9"), ("", "nothing"), ("1.29.2\n", "1.29.2")])
def test_a_program_that_is_no_new_compose_is_refused_and_gone(host, version, said):
    item, staged = plugin(host, version=version)
    with pytest.raises(HostError, match=rf"no Docker Compose of 2.20 or later that runs there \(it says: {said}\)"):
        item.check()
    assert not staged.parent.parent.exists()
