"""The program that publishes static files, run as a container runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from kkinfra.rendering.static_files import PUBLISH

KEEP = 3600


@pytest.fixture
def volume(tmp_path):
    target = tmp_path / "volume"
    target.mkdir()
    return target


def release(tmp_path, name, **files):
    source = tmp_path / name
    for path, content in files.items():
        file = source / path.replace("__", "/").replace("_", ".")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return source


def collect(source, target):
    subprocess.run([sys.executable, "-c", PUBLISH, source, target, str(KEEP)], check=True)


def names(target):
    return {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} - {".release"}


def age(target, seconds=2 * KEEP):
    for path in target.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_files_of_the_release_before_stay(tmp_path, volume):
    collect(release(tmp_path, "one", css__site_1_css="one", shared_js="same"), volume)
    collect(release(tmp_path, "two", css__site_2_css="two", shared_js="same"), volume)
    assert names(volume) == {"css/site.1.css", "css/site.2.css", "shared.js"}


def test_they_stay_even_if_that_release_ran_for_long(tmp_path, volume):
    collect(release(tmp_path, "one", site_1_css="one"), volume)
    age(volume)
    collect(release(tmp_path, "two", site_2_css="two"), volume)
    assert names(volume) == {"site.1.css", "site.2.css"}


def test_those_of_long_before_go(tmp_path, volume):
    collect(release(tmp_path, "one", site_1_css="one"), volume)
    second = release(tmp_path, "two", site_2_css="two")
    collect(second, volume)
    age(volume)
    collect(second, volume)
    assert names(volume) == {"site.2.css"}


def test_a_file_without_a_hash_is_replaced(tmp_path, volume):
    collect(release(tmp_path, "one", manifest_json="one"), volume)
    collect(release(tmp_path, "two", manifest_json="two"), volume)
    assert (volume / "manifest.json").read_text() == "two"


def test_one_that_is_there_already_is_not_written_again(tmp_path, volume):
    source = release(tmp_path, "one", site_1_css="one")
    collect(source, volume)
    before = (volume / "site.1.css").stat()
    collect(source, volume)
    assert (volume / "site.1.css").stat().st_ino == before.st_ino


def test_going_back_brings_files_back(tmp_path, volume):
    first, second = release(tmp_path, "one", a_css="one"), release(tmp_path, "two", b_css="two")
    for source in (first, second):
        collect(source, volume)
    age(volume)
    collect(second, volume)
    collect(first, volume)
    assert names(volume) == {"a.css", "b.css"}


def test_nothing_of_the_release_itself_is_pruned(tmp_path, volume):
    source = release(tmp_path, "one", site_1_css="one")
    collect(source, volume)
    age(volume)
    collect(source, volume)
    assert names(volume) == {"site.1.css"}


def test_an_image_without_files_is_an_error_and_prunes_nothing(tmp_path, volume):
    collect(release(tmp_path, "one", site_1_css="one"), volume)
    age(volume)
    (tmp_path / "empty").mkdir()
    arguments = [sys.executable, "-c", PUBLISH, tmp_path / "empty", volume, str(KEEP)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does the image collect its static files?" in done.stderr
    assert names(volume) == {"site.1.css"}


VANISHES = """\
import os
from pathlib import Path

stat = Path.stat

def gone(path):
    if path.name.endswith(".other.1"):
        path.unlink(missing_ok=True)

def is_file_then_gone(path):
    found = os.path.isfile(path)
    gone(path)
    return found

def gone_then_stat(path, **said):
    gone(path)
    return stat(path, **said)

Path.is_file, Path.stat = is_file_then_gone, gone_then_stat
"""


def test_a_file_that_another_pod_renames_meanwhile_is_let_go(tmp_path, volume):
    (volume / "site.css.other.1").write_text("half")
    source = release(tmp_path, "one", site_css="one")
    program = VANISHES + PUBLISH
    subprocess.run([sys.executable, "-c", program, source, volume, str(KEEP)], check=True)
    assert names(volume) == {"site.css"}
