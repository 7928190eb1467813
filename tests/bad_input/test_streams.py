"""Standard streams that are closed, full or not read: a line and exit code 1, and nothing that the interpreter says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import fresh_project

VERBS = {
    "help": "--help", "version": "--version", "schema": "schema", "text": "explain alpha domain --spec SPEC",
    "json": "explain alpha domain -o json --spec SPEC", "long": "validate --spec SPEC -v",
}  # fmt: skip
FULL = Path("/dev/full")


def shell(verb, redirected, unbuffered="", wrong=""):
    words = " ".join(
        fresh_project.command(*VERBS[verb].replace("SPEC", str(fresh_project.SPEC)).split(), *wrong.split())
    )
    return fresh_project.run(
        ["bash", "-o", "pipefail", "-c", f"{words} {redirected}"], "/", PYTHONUNBUFFERED=unbuffered
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("redirected", "why"), [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
)
def test_an_output_that_takes_nothing(verb, redirected, why, unbuffered):
    if "full" in redirected and not FULL.exists():
        pytest.skip("needs /dev/full, which this machine does not have")
    done = shell(verb, redirected, unbuffered)
    assert (done.returncode, done.stderr) == (1, f"error: standard output cannot be written: {why}\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_reader_that_goes_away_is_not_told(verb, unbuffered):
    done = shell(verb, "| sleep 0", unbuffered)
    assert (done.returncode in (0, 1), done.stderr) == (True, "")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("redirected", ["2>/dev/full", "2>&-", ">/dev/full 2>/dev/full", ">&- 2>&- <&-"])
@pytest.mark.parametrize("wrong", ["--bogus", "--bogus -o json", "no-such-field"])
def test_an_error_that_nobody_takes_is_an_exit_code(redirected, unbuffered, wrong):
    done = shell("text", redirected, unbuffered, wrong)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_file_that_is_opened_later_is_not_taken_for_a_closed_stream(tmp_path):
    """With 1 free, the first file that is opened would get it, and what is printed."""
    spec = fresh_project.SPEC
    words = " ".join(fresh_project.command("render", "production", "--spec", str(spec), "--out", "out"))
    done = fresh_project.run(["bash", "-c", f"{words} >&- <&-"], tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 1
    again = fresh_project.command("render", "production", "--spec", str(spec), "--out", "out", "--check")
    assert subprocess.run(again, cwd=tmp_path, capture_output=True, check=False, timeout=60).returncode == 0
