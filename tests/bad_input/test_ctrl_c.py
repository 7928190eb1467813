"""Ctrl-C at any moment of a call: exit code 130 and one line, or the verb's own end; never a traceback.

A moment is a number of calls and returns since kkinfra's first line, drawn from all that there are, so that it is the
same one on a slow machine. What comes before, of the interpreter's own start, cannot be answered by anybody.
"""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
import time

import pytest

import fresh_project

MOMENT = """
import os, sys
at, calls = int(sys.argv.pop(1)), 0
def count(frame, event, argument):
    global calls
    calls += 1
    if calls in (at, at + AGAIN): os.kill(os.getpid(), 2)
def told(): os.write(2, b"CALLS %d" % calls)
if not at:
    import atexit
    atexit.register(told)
import kkinfra.cli.main
sys.setprofile(count)
sys.exit(kkinfra.cli.main.main())
"""
NOT_IN_THE_MIDDLE = """
import os, time
from typing import Annotated
from pydantic import AfterValidator, TypeAdapter
from kkinfra.system import ctrl_c
ctrl_c.prepare()
adapter = TypeAdapter(Annotated[str, AfterValidator(lambda text: os.kill(os.getpid(), 2) or text)])
try:
    print(adapter.validate_python("whole"), flush=True)
    time.sleep(100)
    print("slept")
except KeyboardInterrupt:
    print("then interrupted")
"""
NEVER = 10**12
VERBS = {
    "help": (["--help"], 4), "wrong": (["rendr", "--bogus"], 2), "render": (["render", "alpha", "-v"], 8),
    "explain": (["explain", "production", "domain", "-o", "json"], 6), "report": (["report", "--out", "r.html"], 2),
}  # fmt: skip


def interrupted(project, at, words, again=NEVER):
    code = MOMENT.replace("AGAIN", str(again))
    return fresh_project.run([sys.executable, "-c", code, str(at), *words], project, XDG_CACHE_HOME=str(project / "c"))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return fresh_project.make_project(tmp_path_factory.mktemp("project"))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("again", [NEVER, 40])
def test_at_any_moment(project, verb, again):
    words, draws = VERBS[verb]
    whole = interrupted(project, 0, words)
    calls = int(re.search(r"CALLS (\d+)$", whole.stderr)[1])
    own = whole.returncode, whole.stderr.partition("CALLS")[0]
    drawn = random.Random(f"{verb} {again}")  # noqa: S311 - a draw that is the same each time
    moments = [drawn.randint(1, calls) for _ in range(draws if again == NEVER else draws // 4)]
    moments += [drawn.randint(1, calls // 20), drawn.randint(calls - 100, calls)]  # least is ready at the ends
    for at in sorted(moments):
        done = interrupted(project, at, words, again)
        told = (130, f"{own[1]}interrupted\n")  # after its own last line
        ends = ((130, "interrupted\n"), own, told, (-signal.SIGINT, ""), (-signal.SIGINT, own[1]))
        assert (done.returncode, done.stderr) in ends, f"at {at} of {calls}"
        assert not list(project.rglob("*.kkinfra-new"))
        if again == NEVER and at < calls // 2:
            assert done.returncode == 130


def test_by_the_clock(project):
    """A frame of its own in a traceback is a fault, but of the two files that Python reads first."""
    drawn = random.Random(7)  # noqa: S311 - the same
    for _ in range(8):
        started = subprocess.Popen(
            fresh_project.command("validate"), cwd=project, env=fresh_project.environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(drawn.uniform(0, 0.5))
        started.send_signal(signal.SIGINT)
        _, said = started.communicate(timeout=60)
        if "Traceback" in said:
            assert not re.search(r"/kkinfra/(?!__(init|main)__)\w+\.py", said)
            continue
        assert (started.returncode, said) in ((0, ""), (130, "interrupted\n"), (-signal.SIGINT, ""))


def test_what_pydantic_does_is_not_cut_off_in_the_middle(project):
    """Otherwise about one Ctrl-C in fifty, while models are built, ends in a model that refuses every text."""
    done = fresh_project.run([sys.executable, "-c", NOT_IN_THE_MIDDLE], project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "whole\nthen interrupted\n", "")


def test_where_it_is_ignored_it_stays_so(project):
    """As in the background of a shell without job control."""
    words = " ".join(fresh_project.command("explain", "alpha", "domain"))
    done = fresh_project.run(["sh", "-c", f"{words} & sleep 0.2; kill -INT $!; wait $!"], project)
    assert (done.returncode, done.stderr) == (0, "")
