"""A run that is killed, before any of all the things that it does: what comes next puts it right, and nobody waits."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from kkinfra.host import journal, nginx, releases, runs
from kkinfra.host.services import difference
from recorded_host import CutOff, RecordedHost
from small_release import manifest, sent, staged

AT = "20261125T{:06}Z-{}"


def begin(host, made, what="deploy", number=0):
    """A run that was asked for; nothing of it was done yet."""
    release = manifest(made)
    if what == "deploy":
        staged(host.layout, release, sent(made))
    name = AT.format(number or len(list(host.layout.runs.iterdir())), made)
    return runs.create(host.layout, name, {"what": what, "release": release.id, "who": "me", "timeout": 0})


def served_before(directory, monkeypatch, *made):
    """A host to which these releases were deployed, one after another."""
    host = RecordedHost(directory, monkeypatch)
    for each in made:
        assert runs.perform(begin(host, each)) == 0
    host.did.clear()
    return host


def cut_off(host, run, after):
    """Kill it after so many effects; returns whether there were as many."""
    host.lasts_for = after
    try:
        runs.perform(run)
    except CutOff:
        return True
    finally:
        host.lasts_for = None
    return False


def restart(host):
    """What the host does at boot."""
    said = host.journal()
    if not runs.recover(host.layout, host, said, host.services()):
        current = releases.current(host.layout)
        if current is not None:
            runs.undo(host.layout, host, said, host.services(), current, why="boot")


def assert_put_right(host, due):
    """This release serves, all of it and nothing else."""
    current = releases.current(host.layout)
    assert current == due
    colour = (host.volumes / "shop_sockets" / "current.sock").readlink().stem
    wanted = [*due.stateful, *due.services, due.webapp.of(colour), due.nginx.service]
    services = host.services()
    for each in wanted:
        assert difference(host.layout, due, each, services.find(each.name)) == "", each.name
    assert set(host.there) == {each.name for each in wanted}
    assert host.served == nginx.identity(due.nginx) == due.nginx.identities["tls"]
    units = {path.name for path in (host.layout.release(due.id) / "systemd").iterdir()}
    assert {path.name for path in host.systemd.iterdir()} == units
    assert host.enabled == host.loaded == units
    assert journal.unfinished(host.layout) is None


def every_cut(directory, monkeypatch, before, made, what="deploy", step=1):
    """A host that was cut off, once for each thing that the run does, or for each of so many."""
    after = 0
    while True:
        with TemporaryDirectory(dir=directory) as place, monkeypatch.context() as patches:
            host = served_before(Path(place), patches, *before)
            run = begin(host, made, what)
            was = releases.current(host.layout)
            if not cut_off(host, run, after):
                break
            lines = journal.read(run.journal)
            committed = any(line["kind"] == journal.COMMITTED for line in lines)
            host.cut_before = f"after {after}: {' | '.join(host.did[-3:])}"
            yield host, (manifest(made) if committed else was)
        after += step
    assert after > 25, "that was all of it"


@pytest.mark.parametrize(("before", "made", "what", "step"), [("a", "b", "deploy", 1), ("ab", "a", "rollback", 4)])
def test_a_restart_puts_it_right(tmp_path, monkeypatch, before, made, what, step):
    for host, due in every_cut(tmp_path, monkeypatch, before, made, what, step):
        restart(host)
        assert_put_right(host, due)
        assert host.dark == [], host.cut_before


def test_the_next_deploy_puts_it_right(tmp_path, monkeypatch):
    for host, _ in every_cut(tmp_path, monkeypatch, "a", "b", step=6):
        run = begin(host, "c", number=90)
        assert runs.perform(run) == 0, journal.read(run.journal)[-1]
        assert_put_right(host, manifest("c"))
        assert host.dark == [], host.cut_before


def test_a_first_deploy_is_undone_or_finished(tmp_path, monkeypatch):
    for host, due in every_cut(tmp_path, monkeypatch, "", "a", step=3):
        restart(host)
        if due is None:
            assert (host.there, host.layout.current.is_symlink()) == ({}, False), host.cut_before
            assert journal.unfinished(host.layout) is None
        else:
            assert_put_right(host, due)


def test_a_first_release_that_was_linked_to_and_not_committed_is_none(tmp_path, monkeypatch):
    host = RecordedHost(tmp_path, monkeypatch)
    real = host.do

    def do(what):
        if what == "journal committed":
            host.lasts_for = 0
        real(what)

    monkeypatch.setattr(host, "do", do)
    with pytest.raises(CutOff):
        runs.perform(begin(host, "a"))
    host.lasts_for = None
    assert host.layout.current.is_symlink()
    monkeypatch.setattr(host, "do", real)
    restart(host)
    assert (host.there, host.layout.current.is_symlink()) == ({}, False)


def test_what_is_cut_off_again_while_it_is_put_right_is_put_right_by_the_next(tmp_path, monkeypatch):
    for after in range(0, 60, 4):
        with TemporaryDirectory(dir=tmp_path) as place, monkeypatch.context() as patches:
            host = served_before(Path(place), patches, "a")
            assert cut_off(host, begin(host, "b"), 24), "after the switch"
            host.lasts_for = after
            with suppress(CutOff):
                restart(host)
            host.lasts_for = None
            restart(host)
            assert_put_right(host, manifest("a"))
            assert host.dark == [], after
