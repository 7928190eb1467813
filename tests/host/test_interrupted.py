"""Whoever is killed while it writes, or ends while somebody looks, and what is read then."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from kkinfra.host import journal, lock, process
from kkinfra.host.follow import is_alive
from kkinfra.host.journal import Journal
from kkinfra.host.layout import Layout
from kkinfra.host.runs import Run

WRITERS = {
    "journal": """
from kkinfra.host.journal import Journal
said = Journal(place)
def write(number): said.write("note", number=number)
""",
    "history": """
from kkinfra.host.journal import Journal
from kkinfra.host.layout import Layout
from kkinfra.host.runs import append_history
def write(number): append_history(Layout(place.parent, "x"), {"number": number, "why": ""}, Journal(place))
""",
}
WRITES = """
import sys
from itertools import count
from pathlib import Path
place = Path(sys.argv[1])
{writer}
for number in count(int(sys.argv[2])):
    write(number)
    print(number, flush=True)
"""
KILLS, LINES = 8, 20


@pytest.mark.parametrize("what", WRITERS)
def test_no_line_that_was_written_is_lost_when_its_writer_is_killed(tmp_path, what):
    file, acknowledged = tmp_path / "history.jsonl", []
    for first in range(0, KILLS * 10**6, 10**6):
        command = [sys.executable, "-c", WRITES.format(writer=WRITERS[what]), str(file), str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            acknowledged += [int(writer.stdout.readline()) for _ in range(LINES)]
            writer.kill()
            acknowledged += [int(line) for line in writer.stdout]
        numbers = [line["number"] for line in journal.read(file)]
        assert numbers == sorted(set(numbers))
        assert set(acknowledged) <= set(numbers)
    assert len(acknowledged) >= KILLS * LINES


@pytest.mark.parametrize("is_itself", [True, False])
def test_a_run_is_not_taken_for_another_process_of_its_number(tmp_path, is_itself):
    """As there may be one after a restart of the host."""
    run = Run(Layout(tmp_path, "x"), "20260101T000000Z-abcdef", {})
    run.directory.mkdir(parents=True)
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as other:
        started = process.started(other.pid) if is_itself else "1"
        Journal(run.journal).write("begun", pid=other.pid, started=started)
        assert is_alive(run) is is_itself
    assert not is_alive(run)


def test_who_ends_while_somebody_looks_did_not_leave_the_lock_without_an_end(tmp_path, monkeypatch):
    layout, taken = Layout(tmp_path, "x"), lock.fcntl.flock
    layout.lock.write_text(json.dumps({"who": "a@b", "what": "deploy", "since": 0}))

    def ends_just_before(handle, how):
        layout.lock.write_text("")
        taken(handle, how)

    monkeypatch.setattr(lock.fcntl, "flock", ends_just_before)
    assert lock.status(layout) == {"held": False}
