"""The one-off that publishes static files, run as it is rendered."""

import os
import subprocess
import sys
import time

import pytest

from kkinfra_compose.static_files import PUBLISH

DAY = 86400


@pytest.fixture
def publish(tmp_path):
    script = tmp_path / "publish.py"
    script.write_text(PUBLISH)
    target = tmp_path / "static"
    target.mkdir()

    def run(**files):
        source = tmp_path / "image"
        if source.exists():
            for path in source.rglob("*"):
                path.unlink()
        source.mkdir(exist_ok=True)
        for name, content in files.items():
            (source / name.replace("__", ".")).write_text(content)
        done = subprocess.run(
            [sys.executable, script, source, target, str(7 * DAY)], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    run.target = target
    return run


def age(path, days):
    os.utime(path, (time.time() - days * DAY,) * 2)


def test_files_of_the_release_before_stay(publish):
    publish(a__1__css="old", shared__js="1")
    assert publish(a__2__css="new", shared__js="2") == (0, "2 static files released, 0 pruned\n")
    assert (publish.target / "a.1.css").read_text() == "old"
    assert (publish.target / "a.2.css").read_text() == "new"
    assert (publish.target / "shared.js").read_text() == "2"


def test_time_counts_from_when_a_file_was_replaced(publish):
    publish(a__1__css="old")
    age(publish.target / "a.1.css", 30)
    publish(a__2__css="new")
    assert (publish.target / "a.1.css").exists(), "its release serves until the switch"
    age(publish.target / "a.1.css", 6)
    publish(a__2__css="new")
    assert (publish.target / "a.1.css").exists()
    age(publish.target / "a.1.css", 8)
    publish(a__3__css="newer")
    assert not (publish.target / "a.1.css").exists()
    assert (publish.target / "a.2.css").exists()


def test_nothing_of_the_release_itself_is_pruned(publish):
    publish(a__1__css="1")
    age(publish.target / "a.1.css", 30)
    publish(a__1__css="1")
    assert (publish.target / "a.1.css").exists()


def test_an_image_without_files_is_an_error_and_prunes_nothing(publish):
    publish(a__1__css="1")
    age(publish.target / "a.1.css", 30)
    code, told = publish()
    assert (code, (publish.target / "a.1.css").exists()) == (1, True)
    assert "does the image collect its static files?" in told
