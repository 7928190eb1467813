"""The journal of a run: what of it survives a power cut, and what follows from it."""

from __future__ import annotations

import errno
import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kkinfra.host import journal
from kkinfra.host.errors import HostError
from kkinfra.host.journal import COMMITTED, Journal, is_ended, last_step, read, release_due, unfinished
from kkinfra.host.masking import masking
from small_release import layout

LINES = [{"kind": "begun", "pid": 1}, {"kind": "start", "release": "b", "before": "a"}]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.jsonl"


def kinds(path):
    return [line["kind"] for line in read(path)]


def test_every_step_is_written_when_it_begins_and_when_it_is_done(path):
    heard = []
    said = Journal(path, heard=heard.append)
    with said.step("pull", "pulling x"):
        assert kinds(path) == ["begin"]
        said.note("half of it")
        said.warn("slowly")
    lines = read(path)
    assert [line["kind"] for line in lines] == ["begin", "note", "warning", "done"]
    assert {line["step"] for line in lines} == {"pull"}
    assert heard == ["pull"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_step_that_fails_is_not_done(path):
    said = Journal(path)
    with pytest.raises(HostError), said.step("pull"):
        raise HostError("no such image")
    assert kinds(path) == ["begin"]
    assert last_step(read(path)) == "pull"


def test_every_line_is_on_the_disk_before_the_next(path, monkeypatch):
    synced = []
    monkeypatch.setattr(journal.os, "fsync", lambda handle: synced.append(path.stat().st_size))
    said = Journal(path)
    said.note("one")
    said.note("two")
    assert synced == [len(path.read_bytes().splitlines(keepends=True)[0]), path.stat().st_size]


def test_of_a_line_that_a_power_cut_left_half_nothing_is_read(path):
    said = Journal(path)
    said.write("begun", pid=1)
    said.write("start", release="b", before="a")
    whole = path.read_bytes()
    at = whole.index(b"\n") + 1
    for size in range(at, len(whole)):
        path.write_bytes(whole[:size])
        assert kinds(path) in (["begun"], ["begun", "start"]), size
        assert ("start" in kinds(path)) == (size >= len(whole) - 1)


@pytest.mark.parametrize("half", ['{"kind": "no', '{"kind": "note"}', "\x00\x00\x00", '{"text": "\udcff'])
def test_what_is_written_after_a_half_line_is_read(path, half):
    path.write_bytes((json.dumps(LINES[0]) + "\n" + half).encode("utf-8", "surrogateescape"))
    Journal(path).write("end", ok=False)
    assert kinds(path)[0] == "begun"
    assert is_ended(read(path))


def test_a_journal_that_is_not_there_has_no_lines(path):
    assert read(path) == []
    assert (is_ended([]), last_step([]), release_due([])) == (False, "", "")


def start(before):
    return {"kind": "start", "release": "new", "before": before}


def committed(release):
    return {"kind": COMMITTED, "release": release}


@pytest.mark.parametrize(
    ("lines", "due"),
    [
        ([], ""),
        ([start("")], ""),
        ([start("old")], "old"),
        ([start("old"), committed("new")], "new"),
        ([start("old"), committed("old")], "old"),
        ([start("old"), committed("new"), committed("old")], "old"),
        ([committed("old"), start("old")], "old"),
        ([committed("old"), start("old"), committed("new")], "new"),
        ([start(""), committed("new")], "new"),
    ],
)
def test_the_release_that_is_due_is_the_one_that_was_committed_last_else_the_one_before(lines, due):
    assert release_due(lines) == due


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_what_else_is_written_does_not_change_what_is_due(order):
    more = [{"kind": "begin", "step": "switch"}, {"kind": "note", "text": "x"}, {"kind": "done", "step": "switch"}]
    others = [more[each] for each in order]
    assert release_due([others[0], start("old"), others[1], committed("new"), others[2]]) == "new"


def test_the_newest_run_that_changed_something_decides_whether_one_is_unfinished(tmp_path):
    place = layout(tmp_path)

    def run(name, *lines):
        (place.runs / name).mkdir(parents=True)
        for line in lines:
            Journal(place.runs / name / "journal.jsonl").write(**line)

    assert unfinished(place) is None
    run("20261101T000000Z-a", start("x"), {"kind": "end"})
    assert unfinished(place) is None
    run("20261102T000000Z-b", start("x"))
    assert unfinished(place) == place.runs / "20261102T000000Z-b"
    run("20261103T000000Z-c", {"kind": "begun"}, {"kind": "end"})
    (place.runs / ".20261104T000000Z-d.forbidden").touch()
    assert unfinished(place) == place.runs / "20261102T000000Z-b", "one that changed nothing put nothing right"
    assert unfinished(place, besides=place.runs / "20261102T000000Z-b" / "journal.jsonl") is None
    run("20261105T000000Z-e", start("x"), {"kind": "end"})
    assert unfinished(place) is None


def test_a_full_disk_is_told_once_and_the_end_is_written_with_what_was_kept(path, monkeypatch):
    said = Journal(path)
    said.reserve()
    assert (path.parent / "reserve").stat().st_blocks * 512 >= 200_000
    real = journal.append

    def full(*arguments):
        if (path.parent / "reserve").exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(journal, "append", full)
    with pytest.raises(HostError, match="the disk is full"):
        said.note("one")
    said.note("two")
    said.write("end", ok=False)
    assert kinds(path) == ["note", "note", "end"]


words = st.text(min_size=1, max_size=12) | st.sampled_from(
    ["kind", "step", "committed", "release", "true", "null", '": "', "begin", "20261125", "ab\\", '"end"', "text"]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(secrets=st.lists(words, max_size=4), text=words)
def test_a_journal_is_read_again_whatever_the_secrets_are(path, secrets, text):
    path.unlink(missing_ok=True)
    said = Journal(path, masking(secrets))
    said.write("start", release="20261125T010203Z-new", before="20261124T010203Z-old")
    with said.step("release", f"{text} {' '.join(secrets)}"):
        said.write(COMMITTED, release="20261125T010203Z-new")
    said.write("end", ok=True, error=text, stage="tls")
    lines = read(path)
    assert [line["kind"] for line in lines] == ["start", "begin", COMMITTED, "done", "end"]
    assert release_due(lines) == "20261125T010203Z-new"
    assert last_step(lines) == "release"
    assert not any(len(each.strip()) >= 4 and each.strip() in lines[1]["text"].replace("***", "") for each in secrets)
