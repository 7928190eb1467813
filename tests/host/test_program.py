"""The copy of the host's code that stays there: one executable file, which does without the deployer."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kkinfra.host import files, program
from kkinfra.targets.compose.client.code import sources
from old_python import ABSENT, oldest_python
from small_release import layout, manifest, sent, staged


@pytest.fixture
def place(tmp_path):
    found = layout(tmp_path / "srv")
    found.releases.mkdir(parents=True)
    return found


def call(place, *arguments, python=sys.executable):
    command = [python, "-I", str(place.program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def serve(place):
    """Let a release serve, as far as the disk tells."""
    made = staged(place, manifest(), sent())
    files.link(place.current, f"releases/{made.id}")


def test_it_is_one_executable_file_that_a_link_leads_to(place):
    put = program.install(place, sources())
    assert place.program.resolve() == put.resolve()
    assert place.program.stat().st_mode & 0o777 == 0o755
    assert put.read_bytes().startswith(b"#!/usr/bin/env python3\n")


def test_the_same_code_is_put_there_once(place):
    first = program.install(place, sources())
    written = first.stat().st_mtime_ns
    assert program.install(place, dict(reversed(sources().items()))) == first
    assert first.stat().st_mtime_ns == written


def test_other_code_lies_beside_what_a_run_may_still_use_and_the_oldest_goes(place):
    put = []
    for number in range(5):
        put.append(program.install(place, {**sources(), "kkinfra.host.more": f"NUMBER = {number}\n"}))
        os.utime(put[-1], (number, number))
    assert place.program.resolve() == put[-1].resolve()
    assert [path.exists() for path in put] == [False, False, True, True, True]


def test_it_tells_what_it_can_do(place):
    program.install(place, sources())
    done = call(place, "nosuch")
    assert done.returncode == 1
    assert all(verb in done.stdout for verb in ("recover", "renew", "rollback", "history"))


@pytest.mark.parametrize("verb", ["recover", "renew", "rollback", "history"])
def test_where_nothing_serves_there_is_nothing_to_do(place, verb):
    program.install(place, sources())
    done = call(place, verb)
    assert done.returncode == 1
    assert done.stderr == f"error: no release serves from {place.directory} yet\n"


def test_it_finds_everything_from_where_it_lies(place):
    program.install(place, sources())
    serve(place)
    place.history.write_text('{"what": "deploy"}\n')
    done = call(place, "history")
    assert (done.returncode, done.stdout) == (0, '{"what": "deploy"}\n')


@pytest.mark.skipif(not oldest_python(), reason=ABSENT)
def test_the_oldest_python_runs_it(place):
    program.install(place, sources())
    serve(place)
    done = call(place, "rollback", python=oldest_python())
    assert done.stderr == "error: there is no release before this one on the host to go back to\n"
