"""Conditions that a user's machine may be in: one clear line, the right exit code, and nothing half written."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

import fresh_project

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
WRITES = {
    "render": ("render", "production"), "diagram": ("diagram", "--out", "x.svg"),
    "over": ("diagram", "--out", "old.svg"), "report": ("report", "--out", "x.html"),
}  # fmt: skip
READS = {"explain": ("explain", "alpha", "domain"), "again": ("render", "alpha", "--check")}
ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=1m none "$1"; cd "$1"; shift
cp -r "$1"/. .; shift
how=$1; shift
case $how in full) dd if=/dev/zero of=fill bs=1k 2>/dev/null || true;; read-only) mount -o remount,ro "$PWD";; esac
find . -type f -exec sha256sum {} + | sort > "$OUTSIDE/before"
set +e
"$@"; code=$?
find . -type f -exec sha256sum {} + | sort > "$OUTSIDE/after"
exit $code
"""


@pytest.fixture
def project(tmp_path):
    return fresh_project.make_project(tmp_path / "project")


def one_line(done):
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert done.returncode == 1
    return line


def test_not_in_a_repository(project):
    line = one_line(fresh_project.run(fresh_project.command("build", "production"), project))
    assert "is not in a Git repository, and images are called after a commit; write `git init`" in line


def test_a_repository_without_a_commit(project):
    subprocess.run(["git", "init", "-q"], cwd=project, check=True, timeout=60)
    line = one_line(fresh_project.run(fresh_project.command("build", "production"), project))
    assert "has no commit yet" in line


@pytest.mark.parametrize("home", ["/proc/nonexistent", "/proc", "/dev/null"])
def test_a_home_that_cannot_be_written(project, home):
    cache = {"HOME": home, "XDG_CACHE_HOME": ""}
    for _ in range(2):
        done = fresh_project.run(fresh_project.command("render", "production", "-q"), project, **cache)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_directory_that_is_gone(project):
    command = fresh_project.command("validate", "--spec", str(project / "spec/environments.yaml"))
    gone = project / "gone"
    gone.mkdir()
    done = fresh_project.run(["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *command], gone)
    assert "the current directory was removed" in one_line(done)


@pytest.mark.parametrize("locale", [{}, ASCII])
def test_a_path_with_spaces_and_hangul(project, locale, tmp_path):
    place = tmp_path / "새 프로젝트"
    shutil.copytree(project, place)
    (place / "spec").rename(place / "스펙 하나")
    spec = ("--spec", "스펙 하나/environments.yaml")
    done = fresh_project.run(fresh_project.command("render", "production", *spec, "--out", "빌 드"), place, **locale)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("production: ")
    assert "files in 빌 드/production," in done.stdout
    header = (place / "빌 드/production/compose.yaml").read_text().splitlines()[0]
    assert "from 스펙 하나/environments.yaml for production." in header
    line = one_line(fresh_project.run(fresh_project.command("validate", "--spec", "없는 것.yaml"), place, **locale))
    assert line.startswith("error: 없는 것.yaml: does not exist")


def test_what_an_encoding_lacks_is_no_error(project):
    for words in (("compare", "alpha", "production", "--lang", "ko"), ("report", "--lang", "ko"), ("schema",)):
        done = fresh_project.run(fresh_project.command(*words), project, **ASCII)
        assert (done.returncode in (0, 2), done.stderr) == (True, "")
    assert "<html" in fresh_project.run(fresh_project.command("report", "--lang", "ko"), project, **ASCII).stdout


@pytest.mark.parametrize("what", ["directory", "pipe", "device", "huge", "link"])
def test_a_spec_that_is_no_file_of_text(project, what):
    spec = project / "odd.yaml"
    if what == "directory":
        spec.mkdir()
    elif what == "pipe":
        os.mkfifo(spec)
    elif what == "huge":
        with spec.open("wb") as file:
            file.truncate(2**34)
    else:
        spec.symlink_to("/dev/zero" if what == "device" else "nowhere")
    for verb in ("validate", "render"):
        done = fresh_project.run(fresh_project.command(verb, "alpha", "--spec", "odd.yaml"), project)
        assert one_line(done).startswith("error: odd.yaml: ")


def test_an_out_that_is_a_file(project):
    (project / "build").write_text("mine")
    one_line(fresh_project.run(fresh_project.command("render", "production"), project))
    assert (project / "build").read_text() == "mine"


@pytest.mark.parametrize("how", ["full", "read-only"])
@pytest.mark.parametrize("verb", [*WRITES, *READS])
def test_a_disk_that_takes_nothing(project, tmp_path, how, verb):
    (project / "old.svg").write_text("old")
    (tmp_path / "disk").mkdir()
    shell = ["unshare", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", str(tmp_path / "disk"), str(project), how]
    done = fresh_project.run([*shell, "true"], tmp_path, OUTSIDE=str(tmp_path))
    if done.returncode:
        pytest.skip(f"needs a file system of its own, which cannot be mounted here: {done.stderr.strip()}")
    words = {**WRITES, **READS}[verb]
    done = fresh_project.run([*shell, *fresh_project.command(*words)], tmp_path, OUTSIDE=str(tmp_path))
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text()
    if verb in READS:
        assert (done.returncode in (0, 2), done.stderr) == (True, "")
        return
    assert ("No space left on device" if how == "full" else "Read-only file system") in one_line(done)


@pytest.mark.parametrize("verb", ["status", "history", "logs", "diff"])
@pytest.mark.parametrize("environment", ["alpha", "production"])
def test_no_network_at_all(project, verb, environment):
    shell = ["unshare", "--net"]
    if (done := fresh_project.run([*shell, "true"], project)).returncode:
        pytest.skip(f"needs a network namespace, which cannot be made here: {done.stderr.strip()}")
    done = fresh_project.run(
        [*shell, *fresh_project.command(verb, environment)], project, HOME=str(project), GIT_TERMINAL_PROMPT="0"
    )
    assert done.returncode == 1
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
