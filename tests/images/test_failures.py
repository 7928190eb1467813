"""What hinders a build, as a real engine (20.10.24) put it, and what is told then."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading

import pytest

from recorded_engine import BUILT, failed, pushed

COPY_FAILED = (
    "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist"
)
DISK_FULL = "failed to copy files: Error processing tar file(exit status 1): write /blob: no space left on device"


def test_a_step_that_fails_is_shown_with_its_last_lines(repository, engine, kkinfra):
    printed = [{"stream": f"line {number}\n"} for number in range(30)]
    said = "The command '/bin/sh -c exit 3' returned a non-zero code: 3"
    engine.build = failed(said, *BUILT[:6], *printed, {"stream": "no line's end"})
    done = kkinfra("build", "production", "-q")
    assert done.code == 1
    assert done.errors.splitlines() == [
        "error: step 2/2 failed: RUN echo hello",
        *(f"  | line {number}" for number in range(11, 30)),
        "  | no line's end",
        f"{said}; correct the step, or what it works on",
    ]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("manifest for debian:nosuchtag not found: manifest unknown: manifest unknown", "correct it, or `docker"),
        ("pull access denied for x, repository does not exist or may require 'docker login'", "correct it, or `do"),
        (
            'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host',
            "not reach",
        ),
        (
            COPY_FAILED,
            "add the file to the context",
        ),
        ("the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/", "take it out"),
        ("network nosuchnet not found", "--network host"),
        ("The command '/bin/sh -c x' returned a non-zero code: 137", "it was killed"),
        (
            DISK_FULL,
            "`docker system prune`",
        ),
    ],
)
def test_what_the_engine_says_of_a_step_comes_with_what_helps(repository, engine, kkinfra, said, remedy):
    engine.build = failed(said, *BUILT[:2])
    done = kkinfra("build", "production")
    assert done.code == 1
    assert f"error: step 1/2 failed: FROM debian:bookworm-slim\n{said}; " in done.errors
    assert remedy in done.errors


def test_a_full_disk_is_recognised_in_what_a_step_prints(repository, engine, kkinfra):
    full = {"stream": "dd: error writing '/x': No space left on device\n"}
    engine.build = failed("The command '/bin/sh -c dd' returned a non-zero code: 1", *BUILT[:5], full)
    assert "`docker system df`" in kkinfra("build", "production").errors


@pytest.mark.parametrize(
    ("status", "said", "remedy"),
    [
        (400, "dockerfile parse error line 2: unknown instruction: RUNN", "app/Dockerfile"),
        (400, "the Dockerfile (Dockerfile) cannot be empty", "app/Dockerfile"),
        (
            500,
            "Error processing tar file(exit status 1): write /blob: no space left on device",
            "`docker system df`",
        ),
    ],
)
def test_what_the_engine_refuses_at_once(repository, engine, kkinfra, status, said, remedy):
    engine.build = (status, said)
    done = kkinfra("build", "production")
    assert done.code == 1
    assert f"error: the image cannot be built: {said}; " in done.errors
    assert remedy in done.errors


def test_an_engine_that_goes_away(repository, engine, kkinfra):
    engine.build, engine.ends_abruptly = BUILT[:5], True
    done = kkinfra("build", "production")
    assert done.code == 1
    assert "the engine went away in the middle" in done.errors


def test_an_engine_that_ends_without_an_image(repository, engine, kkinfra):
    engine.build = BUILT[:5]
    done = kkinfra("build", "production")
    assert done.code == 1
    assert "the engine ended without an image" in done.errors


def test_a_push_without_a_digest(repository, engine, kkinfra):
    engine.push = pushed()[:4]
    done = kkinfra("build", "production", "--push")
    assert done.code == 1
    assert "told no digest" in done.errors


def test_nothing_to_build_is_told_at_its_place(repository, engine, kkinfra):
    spec = repository.path / "spec/environments.yaml"
    text = spec.read_text().replace("    purpose: production\n", "    purpose: production\n    build: null\n")
    spec.write_text(text)
    done = kkinfra("build", "production")
    assert done.code == 1
    line = text.split("\n").index("    build: null") + 1
    assert done.errors.startswith(f"spec/environments.yaml:{line}:")
    assert "is missing, so there is nothing to build; write build: {context: app}" in done.errors


def test_a_missing_directory_or_dockerfile_is_told_at_its_place(repository, engine, kkinfra):
    (repository.path / "app/Dockerfile").unlink()
    done = kkinfra("build", "production")
    assert (done.code, "build.dockerfile: there is no Dockerfile in " in done.errors) == (1, True)
    shutil.rmtree(repository.path / "app")
    done = kkinfra("build", "production")
    assert done.errors.startswith("spec/environments.yaml:8:18 build.context: there is no directory app in ")


def test_a_context_may_not_lead_out(repository, engine, kkinfra, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "Dockerfile").write_text("FROM scratch\n")
    shutil.rmtree(repository.path / "app")
    (repository.path / "app").symlink_to(elsewhere)
    assert "build.context: app leads out of " in kkinfra("build", "production").errors


@pytest.mark.parametrize("tag", ["", "a:b", ".a", "-a", "a/b", "x" * 129, "가"])
def test_a_tag_that_is_none(repository, engine, kkinfra, tag):
    done = kkinfra("build", "production", f"--tag={tag}")
    assert done.code == 1
    assert "is no tag; write letters" in done.errors


def test_an_unknown_environment(repository, engine, kkinfra):
    done = kkinfra("build", "prodution")
    assert done.code == 1
    assert "did you mean 'production'?" in done.errors


@pytest.mark.parametrize("seconds", ["0", "-1", "1.5", "soon", "86401", "٣"])
def test_a_time_that_is_none(repository, engine, kkinfra, seconds):
    done = kkinfra("build", "production", f"--timeout={seconds}")
    assert done.code == 1
    assert "is no number of seconds" in done.errors


def start(seconds):
    command = [sys.executable, "-m", "kkinfra", "build", "production", "-q", "--timeout", str(seconds)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONWARNINGS": "ignore"}, stderr=subprocess.PIPE, text=True)


def test_what_takes_too_long_ends(repository, engine):
    over = threading.Event()
    engine.before_answering = lambda: over.wait(90)
    process = start(seconds=1)
    try:
        said = process.communicate(timeout=60)[1]
    finally:
        over.set()
    assert "error: production took longer than 1 s; allow more with --timeout" in said
    assert process.returncode == 1


def test_an_interrupt_exits_130(repository, engine):
    over = threading.Event()
    engine.before_answering = lambda: (process.send_signal(signal.SIGINT), over.wait(90))
    process = start(seconds=60)
    try:
        assert process.communicate(timeout=60)[1] == "interrupted\n"
    finally:
        over.set()
    assert process.returncode == 130
