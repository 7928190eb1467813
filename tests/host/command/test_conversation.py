"""Between the deployer and a command: each end is played here, over real pipes and a real socket."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time

import pytest

from kkinfra.host.command import conversation, frames
from kkinfra.host.command.conversation import Conversation

SECONDS = 20


class Process:
    """What the host is asked to do to the command; it runs until it is told otherwise."""

    def __init__(self):
        self.did, self.running = [], True

    def resize(self, rows, columns):
        self.did.append((rows, columns))

    def signal(self, name):
        self.did.append(name)

    def is_running(self):
        return self.running


class Ends:
    """Both ends of a conversation, which goes on beside the test."""

    def __init__(self, secrets=(), *, terminal=False):
        source, self.to_host = os.pipe()
        self.from_host, sink = os.pipe()
        self.command, stream = socket.socketpair()
        self.command.settimeout(SECONDS)
        self.process, self._frames, self._came = Process(), frames.Frames(), []
        self._ours = [source, sink, self.to_host, self.from_host]
        self.talk = Conversation(source, sink, stream, self.process, list(secrets), terminal)
        self._thread = threading.Thread(target=self._hold)
        self._thread.start()

    def _hold(self):
        self.held = self.talk.hold()

    def send(self, kind, content=b""):
        os.write(self.to_host, frames.frame(kind, content))

    def prints(self, content, stream=1):
        self.command.sendall(struct.pack(">BxxxL", stream, len(content)) + content)

    def gets(self):
        """The next frame that the deployer gets."""
        while not self._came:
            self._came += self._frames.feed(os.read(self.from_host, 1 << 16))
        return self._came.pop(0)

    def end(self):
        """Whether the command ended by itself."""
        self.process.running = False
        self._thread.join(SECONDS)
        return self.held

    def lost(self):
        """Why nobody is there any more, once that is known."""
        self._thread.join(SECONDS)
        assert not self.held
        return self.talk.why_lost

    def close(self):
        self.talk.why_lost = self.talk.why_lost or "the test is over"
        self._thread.join(SECONDS)
        self.command.close()
        self.talk.stream.close()
        for handle in self._ours:
            try:
                os.close(handle)
            except OSError:
                continue


@pytest.fixture
def ends():
    made = []

    def ends(*secrets, terminal=False):
        made.append(Ends(secrets, terminal=terminal))
        return made[-1]

    yield ends
    for each in made:
        each.close()


def test_output_and_errors_are_apart_and_masked(ends):
    one = ends("sentinel-password")
    one.prints(b"a sentinel-")
    assert one.gets() == (frames.OUTPUT, b"a ")
    one.prints(b"password")
    one.prints(b"no\n", stream=2)
    assert one.gets() == (frames.OUTPUT, b"***")
    assert one.gets() == (frames.ERRORS, b"no\n")
    assert one.end()


def test_what_a_terminal_shows_is_in_no_frames(ends):
    one = ends(terminal=True)
    one.command.sendall(b"\x01\x00>>> ")
    assert one.gets() == (frames.OUTPUT, b"\x01\x00>>> ")


def test_input_is_taken_and_its_end_passed_on(ends):
    one = ends()
    one.send(frames.INPUT, b"hello")
    assert one.gets() == (frames.TAKEN, frames.count(5))
    one.send(frames.INPUT_END)
    assert one.command.recv(100) == b"hello"
    assert one.command.recv(100) == b""


def test_a_command_that_reads_nothing_keeps_no_one_from_being_heard(ends):
    one = ends()
    sent = 0
    while sent < frames.WINDOW:
        one.send(frames.INPUT, bytes(1 << 14))
        sent += 1 << 14
    one.send(frames.SIGNAL, b"INT")
    until = time.monotonic() + SECONDS
    while "INT" not in one.process.did:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_the_size_of_the_terminal_is_passed_on(ends):
    one = ends(terminal=True)
    one.send(frames.SIZE, frames.size(33, 99))
    one.send(frames.SIGNAL, b"INT")
    assert one.end()
    assert one.process.did == [(33, 99), "INT"]


def test_an_end_of_the_connection_is_one(ends):
    one = ends()
    os.close(one.to_host)
    assert one.lost() == "the connection ended"


def test_silence_is_an_end_though_the_command_prints(ends, monkeypatch):
    monkeypatch.setattr(frames, "SILENCE_SECONDS", 1)
    one = ends()
    one.prints(b"x" * 100)
    assert one.lost() == "the deployer said nothing for 1 s"


def test_who_says_that_they_are_there_may_be_silent_for_long(ends, monkeypatch):
    monkeypatch.setattr(frames, "SILENCE_SECONDS", 3)
    one = ends()
    for _ in range(9):
        time.sleep(0.5)
        one.send(frames.ALIVE)
    assert one.end()


def test_the_last_words_come_before_the_end(ends):
    one = ends("sentinel")
    one.prints(b"sent")
    assert one.end()
    one.talk.tell(frames.end(code=0, why="", error=""))
    assert one.gets() == (frames.OUTPUT, b"sent")
    kind, said = one.gets()
    assert (kind, json.loads(said)["code"]) == (frames.END, 0)


def test_a_deployer_who_reads_nothing_fills_no_memory(ends, monkeypatch):
    monkeypatch.setattr(conversation, "_MOST_OUTPUT", 1 << 17)
    one = ends()
    one.command.settimeout(0.0)
    sent = 0
    until = time.monotonic() + 2
    while time.monotonic() < until and sent < 20 << 20:
        try:
            sent += one.command.send(struct.pack(">BxxxL", 1, 1 << 14) + bytes(1 << 14))
        except BlockingIOError:
            time.sleep(0.01)
    assert sent < 4 << 20


def test_a_slow_deployer_gets_all_of_it_after_the_end(ends, monkeypatch):
    monkeypatch.setattr(frames, "SILENCE_SECONDS", 3)
    one = ends()
    one.prints(bytes(1 << 19))
    one.process.running = False
    for _ in range(9):
        time.sleep(0.5)
        one.send(frames.ALIVE)
    one.command.close()
    assert one.end()
    told = threading.Thread(target=one.talk.tell, args=[frames.end(code=0, why="", error="")])
    told.start()
    came = 0
    while (each := one.gets())[0] != frames.END:
        came += len(each[1])
    told.join(SECONDS)
    assert came == 1 << 19
