"""Files that are whole or not there, whatever happens to whoever writes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from hashlib import sha256

import pytest

from kkinfra.host import files

WRITE = """\
import sys
from pathlib import Path
from kkinfra.host import files
path = Path(sys.argv[1])
print("ready", flush=True)
for number in range(1_000_000):
    files.write(path, b"%d\\n" % number * 20_000)
"""
ROUNDS = 6


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file"


def is_whole(content):
    """One number over and over."""
    lines = content.splitlines()
    return len(lines) == 20_000 and len(set(lines)) == 1


def test_a_writer_that_is_killed_leaves_the_old_or_the_new_and_never_half(path):
    files.write(path, b"0\n" * 20_000)
    for each in range(ROUNDS):
        with subprocess.Popen([sys.executable, "-c", WRITE, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.02 * each)
            process.send_signal(signal.SIGKILL)
        assert is_whole(path.read_bytes())


def test_a_reader_never_sees_half_a_file(path):
    files.write(path, b"0\n" * 20_000)
    stop, broken = threading.Event(), []

    def read():
        while not stop.is_set():
            if not is_whole(path.read_bytes()):
                broken.append(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(30):
        files.write(path, b"%d\n" % number * 20_000)
    stop.set()
    reader.join(timeout=60)
    assert broken == []


@pytest.mark.parametrize("mode", [0o644, 0o400, 0o440, 0o600, 0o755])
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_mode_is_the_one_that_was_asked_for_whatever_the_umask_is(path, mode, mask):
    before = os.umask(mask)
    try:
        files.write(path, b"x", mode)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, who alone may give files away")
def test_a_file_belongs_to_the_user_and_the_group_that_were_asked_for(path):
    files.write(path, b"x", 0o440, 10001)
    assert (path.stat().st_uid, path.stat().st_gid) == (10001, 10001)


def test_nobody_else_reads_it_before_it_has_its_mode(path, monkeypatch):
    seen = []
    real = os.fchmod

    def look(handle, mode):
        seen.append(os.fstat(handle).st_mode & 0o777)
        real(handle, mode)

    monkeypatch.setattr(files.os, "fchmod", look)
    files.write(path, b"s3cret", 0o440)
    assert seen == [0o600]


def test_the_content_is_on_the_disk_before_the_name_and_the_name_before_it_returns(path, monkeypatch):
    done = []
    real_sync, real_replace = os.fsync, type(path).replace

    def sync(handle):
        done.append("directory" if os.path.isdir(f"/proc/self/fd/{handle}") else "content")  # noqa: PTH112
        real_sync(handle)

    def replace(self, target):
        done.append("name")
        return real_replace(self, target)

    monkeypatch.setattr(files.os, "fsync", sync)
    monkeypatch.setattr(type(path), "replace", replace)
    files.write(path, b"x")
    assert done == ["content", "name", "directory"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(path, monkeypatch):
    files.write(path, b"old")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_writer_left_beside_is_no_hindrance(path):
    path.with_name(f".file.{os.getpid()}.new").write_bytes(b"left")
    path.with_name(f".link.{os.getpid()}.new").symlink_to("left")
    files.write(path, b"new")
    files.link(path.with_name("link"), "file")
    assert path.with_name("link").read_bytes() == b"new"


def test_a_link_leads_elsewhere_without_a_moment_between(tmp_path):
    link = tmp_path / "current"
    files.link(link, "releases/a")
    stop, seen = threading.Event(), set()

    def read():
        while not stop.is_set():
            try:
                seen.add(os.readlink(link))  # noqa: PTH115
            except OSError as error:
                seen.add(str(error))

    reader = threading.Thread(target=read)
    reader.start()
    while not seen:
        time.sleep(0.001)
    for number in range(100):
        files.link(link, f"releases/{'ab'[number % 2]}")
    stop.set()
    reader.join(timeout=60)
    assert seen
    assert seen <= {"releases/a", "releases/b"}


def test_json_is_read_again_and_what_is_none_is_nothing(path):
    files.write_json(path, {"b": 1, "a": ["한"]}, 0o600)
    assert files.read_json(path) == {"b": 1, "a": ["한"]}
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("{")
    assert files.read_json(path) is None
    assert files.read_json(path.with_name("nosuch")) is None


def test_digests_are_of_the_whole_content(path):
    path.write_bytes(b"x" * 3_000_000)
    assert files.digest(path) == sha256(b"x" * 3_000_000).hexdigest()
    assert files.digest(path.with_name("nosuch")) == ""
    assert files.digest(path.parent) == ""
