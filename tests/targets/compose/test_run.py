"""`kkinfra run` of an environment on a host: streams, exit code and terminal; the host's end is played."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kkinfra.cli.main import main
from kkinfra.errors import ConnectionFailedError, HostError, OutputError
from kkinfra.host.call import MARK
from kkinfra.project import open as open_project
from kkinfra.targets.protocol.command import Streams
from local_ssh import LocalSsh
from typing_at import terminal

ROOT = Path(__file__).parents[3]

PLAYED = """
import json, os, sys
sys.path.insert(0, ROOT)
from kkinfra.host.command import frames

def came():
    found = frames.Frames()
    while content := os.read(0, 1 << 16):
        yield from found.feed(content)

def send(kind, content=b""):
    rest = frames.frame(kind, content)
    while rest:
        rest = rest[os.write(1, rest):]

def end(code=0, why="", error=""):
    os.write(1, frames.end(code=code, why=why, error=error))
    sys.exit()
"""
CAT = """
for kind, held in came():
    if kind == frames.INPUT:
        send(frames.OUTPUT, held)
        send(frames.TAKEN, frames.count(len(held)))
    if kind == frames.INPUT_END:
        end()
"""


@pytest.fixture
def plays(answers, tmp_path):
    """From now on, the host's end of a command is this script."""

    def plays(script):
        file = tmp_path / "played.py"
        file.write_text(f"ROOT = {str(ROOT)!r}\n{PLAYED}\n{script}")
        answers.answers["prepare_command"] = {"argv": [sys.executable, str(file)]}
        return answers

    return plays


@pytest.fixture
def run(tmp_path):
    """The library: its exit code, and what came out of both streams."""

    def run(*command, given=b"", part="", **flags):
        (tmp_path / "given").write_bytes(given)
        with (
            (tmp_path / "given").open("rb") as stdin, (tmp_path / "out").open("wb") as out,
            (tmp_path / "err").open("wb") as err,
        ):  # fmt: skip
            streams = Streams(stdin.fileno(), out.fileno(), err.fileno())
            code = open_project()["live"].run(command, part, streams=streams, **flags)
        return code, (tmp_path / "out").read_bytes(), (tmp_path / "err").read_bytes()

    return run


def test_the_host_is_asked_for_it_and_starts_it(plays, run):
    asked = plays("end()").asked
    assert run("ls", "a b", part="worker", attach=True) == (0, b"", b"")
    ((verb, told),) = asked
    assert verb == "prepare_command"
    assert (told["argv"], told["part"], told["attach"], "terminal" in told) == (["ls", "a b"], "worker", True, False)
    assert told["who"]


def test_input_of_any_size_goes_along_and_comes_back(plays, run):
    plays(CAT)
    content = os.urandom(3 << 20)
    code, out, _ = run("cat", given=content)
    assert code == 0
    assert out == content


def test_errors_are_apart_and_the_exit_code_is_its_own(plays, run):
    plays('send(frames.OUTPUT, b"out"); send(frames.ERRORS, b"err\\n"); end(3)')
    assert run("x") == (3, b"out", b"err\n")


def test_a_command_that_reads_nothing_ends_though_much_is_given(plays, run):
    plays("end(5)")
    assert run("true", given=bytes(3 << 20))[0] == 5


def test_why_is_told_where_the_host_knows_it(plays, run):
    plays('end(137, "the kernel killed a process of it")')
    assert run("x") == (137, b"", b"the kernel killed a process of it\n")


def test_what_cannot_run_is_an_error(plays, run):
    plays('end(None, "full", "the disk is full")')
    with pytest.raises(HostError, match=r"^the disk is full$"):
        run("x")


def test_what_did_not_end_by_itself_is_one_too(plays, run):
    plays('end(None, "it was ended on the host by SIGTERM")')
    with pytest.raises(HostError, match="did not come to an end: it was ended on the host by SIGTERM"):
        run("x")


def test_a_lost_connection_is_told_with_what_ssh_says(plays, run):
    plays('sys.exit("Connection to web.example.org closed: Connection reset by peer")')
    with pytest.raises(
        ConnectionFailedError, match=r"connection was lost; the host ends the command.*Connection reset"
    ):
        run("x")


def test_output_that_nobody_reads_any_more_ends_it_as_in_a_shell(plays):
    plays("while True:\n    send(frames.OUTPUT, bytes(1 << 15))")
    read, write = os.pipe()
    os.close(read)
    nothing = os.open(os.devnull, os.O_RDONLY)
    assert open_project()["live"].run(["yes"], streams=Streams(nothing, write, write)) == 128 + signal.SIGPIPE


def test_a_full_disk_is_told(plays):
    plays("while True:\n    send(frames.OUTPUT, bytes(1 << 15))")
    full, nothing = os.open("/dev/full", os.O_WRONLY), os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(OutputError, match="what the command prints cannot be written: No space left on device"):
        open_project()["live"].run(["yes"], streams=Streams(nothing, full, full))


def test_what_waits_for_input_does_not_keep_the_caller(plays, tmp_path):
    """Nothing is read of what comes after the end: the next program has it."""
    plays("end()")
    read, write = os.pipe()
    sink = os.open(os.devnull, os.O_WRONLY)
    assert open_project()["live"].run(["x"], streams=Streams(read, sink, sink)) == 0
    os.write(write, b"next")
    time.sleep(0.5)  # for whoever reads still
    os.set_blocking(read, False)
    assert os.read(read, 10) == b"next"


def test_the_command_without_one_says_how_it_is_written(layout, kkinfra):
    code, _, errors = kkinfra("run", "live")
    assert code == 1
    assert "no command; write it behind --, as in `kkinfra run live -- ls`" in errors


def test_the_command_line_has_the_exit_code_of_the_command(plays, monkeypatch):
    plays("end(42)")
    assert main(["run", "live", "--no-terminal", "--", "x"]) == 42


# --- at a terminal: a process of its own, whose ssh plays the host ---

AT_A_TERMINAL = """
for kind, held in came():
    if kind == frames.SIZE:
        send(frames.OUTPUT, b"[%d x %d]" % frames.sized(held))
    if kind == frames.INPUT:
        send(frames.OUTPUT, b"<" + held.hex().encode() + b">")
        send(frames.TAKEN, frames.count(len(held)))
        if held == b"q":
            end(7)
"""


@pytest.fixture
def call(layout, tmp_path):
    """What starts the command with an ssh that answers the request, and then plays the host."""
    file = tmp_path / "played.py"
    file.write_text(f"ROOT = {str(ROOT)!r}\n{PLAYED}\n{AT_A_TERMINAL}")
    answering = tmp_path / "answering.py"
    answering.write_text(f"""
import json, sys
s = sys.stdin.buffer
s.read(int(s.readline().split()[0]))
head = json.loads(s.readline())
request = json.loads(s.read(head["request"]))
print(json.dumps({{{MARK!r}: request["mark"], "answer": {{"argv": ["played"]}}}}))
""")
    answer, play = f'exec "{sys.executable}" "{answering}"', f'exec "{sys.executable}" "{file}"'
    LocalSsh(tmp_path).does(f'case "$last" in *played*) {play};; *) {answer};; esac')
    path = os.pathsep.join((str(ROOT), str(ROOT / "renderers")))
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"}
    return {"args": [sys.executable, "-m", "kkinfra", "run", "live", "--", "x"], "env": environment, "cwd": Path.cwd()}


def test_every_key_goes_along_and_the_size_and_the_terminal_is_given_back(call):
    with terminal(call, 33, 99) as typist:
        before = typist.mode()
        typist.sees("[33 x 99]")
        typist.resize(21, 77)
        typist.sees("[21 x 77]")
        typist.type("\x03")
        typist.sees("<03>")
        typist.type("\x1b[A")
        typist.sees("<1b5b41>")
        typist.type("q")
        assert typist.ends() == 7
        assert typist.mode() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_ends_it_leaves_the_terminal_as_it_was(call, number):
    with terminal(call) as typist:
        before = typist.mode()
        typist.sees("[30 x 90]")
        assert typist.mode() != before
        typist.process.send_signal(number)
        assert typist.ends() == 128 + number
        assert typist.mode() == before


def test_ctrl_c_without_a_terminal_is_sent_along_once(layout, tmp_path, call):
    script = 'for kind, held in came():\n    if kind == frames.SIGNAL:\n        end(9 if held == b"INT" else 1)\n'
    begun = tmp_path / "begun"
    (tmp_path / "played.py").write_text(f"ROOT = {str(ROOT)!r}\n{PLAYED}\nopen({str(begun)!r}, 'w').close()\n{script}")
    started = subprocess.Popen(**call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not begun.exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    time.sleep(0.3)
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=60)
    assert started.returncode == 9, errors
    assert b"Traceback" not in errors


def test_history_shows_the_command_and_no_mark(answers, kkinfra):
    deployed = {
        "release": "20261125T1-cccc", "what": "deploy", "result": "deployed", "at": 1_764_032_523, "seconds": 12.3,
        "there": True, "current": True, "image": "", "revision": "", "who": "dana", "ci": "", "why": "",
    }  # fmt: skip
    ran = {
        **deployed, "what": "run", "result": "failed", "why": "exit code 3", "command": "ls ***", "there": False,
        "current": False,
    }  # fmt: skip
    answers.answers["history"] = [deployed, ran]
    code, out, _ = kkinfra("history", "live")
    assert code == 0
    assert [line[0] for line in out.splitlines()] == ["*", " "]
    assert out.splitlines()[1].endswith("failed `ls ***` in 12.3 s  dana: exit code 3")
    _, out, _ = kkinfra("history", "live", "-o", "json")
    line = json.loads(out)["runs"][1]
    assert (line["action"], line["command"], line["serves"], line["kept"]) == ("run", "ls ***", False, False)
