"""A secret that is planted in every source appears in no output of any verb, the specification valid or not."""

import re
import shutil
import sys

import pytest

import quick_yaml
from checkout import SPEC_FILE

SPEC = SPEC_FILE
SENTINEL = "s3ntinel-9f1c4e-never-to-be-seen"

AS_ENV = "POSTGRES_PASSWORD:     {env: POSTGRES_PASSWORD}"
VALID = {
    "as it is": ("", ""),
    "a file": (AS_ENV, "POSTGRES_PASSWORD: {file: secrets/postgres}"),
    "a directory": (AS_ENV, "POSTGRES_PASSWORD: {file: secrets}"),
    "a variable that is not set": (AS_ENV, "POSTGRES_PASSWORD: {env: POSTGRES_PASWORD}"),
}
BROKEN = {
    "a shell's variable": (AS_ENV, 'POSTGRES_PASSWORD: {env: "$POSTGRES_PASSWORD"}'),
    "a misspelt reference": ("password: POSTGRES_PASSWORD", "password: POSTGRES_PASWORD"),
    "two sources": (AS_ENV, "POSTGRES_PASSWORD: {env: POSTGRES_PASSWORD, file: secrets/postgres}"),
    "no source": (AS_ENV, "POSTGRES_PASSWORD: {}"),
    "an unknown key": (AS_ENV, "POSTGRES_PASSWORD: {environ: POSTGRES_PASSWORD}"),
    "no YAML": (AS_ENV, "POSTGRES_PASSWORD: {env: POSTGRES_PASSWORD"),
}
VERBS = (
    ("render", "--all"),
    ("render", "--all", "-v"),
    ("render", "--all", "--check"),
    ("render", "--all", "--check", "-o", "json"),
    ("validate",),
    ("validate", "-o", "json"),
    ("validate", "-o", "sarif"),
    ("diagram",),
    ("diagram", "production", "-o", "svg"),
    ("report",),
    ("explain", "production"),
    ("explain", "production", "-o", "json"),
    ("explain", "production", "secrets.POSTGRES_PASSWORD"),
    ("explain", "alpha", "build/alpha/webapp/deployment.yaml:20"),
    ("explain", "production", "build/production/compose.yaml:20"),
)
WITHOUT_SPEC = (("schema",), ("ledger",), ("init", "elsewhere"), ("--help",), ("render", "--help"))


@pytest.fixture
def project(scratch):
    """A project with the real specification, and a file that holds the sentinel."""
    (scratch / "spec").mkdir()
    (scratch / "secrets").mkdir()
    (scratch / "secrets" / "postgres").write_text(SENTINEL)
    shutil.copy(SPEC, scratch / "spec")
    return scratch


def planted():
    """Every variable that the specification names as a source, holding the sentinel."""
    secrets = quick_yaml.load(SPEC.read_text())["secrets"]
    return {secret["env"]: SENTINEL for secret in secrets.values()}


def outputs(run, project, verb):
    done = run(sys.executable, "-m", "kkinfra", *verb, cwd=project, **planted())
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr, done.returncode


def files_with_the_sentinel(project):
    return [
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file() and SENTINEL.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("variant", [*VALID, *BROKEN])
def test_no_verb_shows_it(run, project, count, variant):
    before, after = (VALID | BROKEN)[variant]
    text = (project / "spec" / SPEC.name).read_text()
    assert before in text
    (project / "spec" / SPEC.name).write_text(text.replace(before, after))
    expected = {0} if variant in VALID else {1}
    for verbs, codes in ((VERBS, expected), (WITHOUT_SPEC, {0})):
        for verb in verbs:
            shown, code = outputs(run, project, verb)
            assert SENTINEL not in shown, verb
            assert code in codes, (verb, shown)
    assert files_with_the_sentinel(project) == ["secrets/postgres"]
    count(f"sentinel, {variant}: {len(VERBS) + len(WITHOUT_SPEC)} calls, exit code {expected}, seen 0 times")


def test_the_sentinel_is_where_a_leak_would_find_it(run, project):
    """The search finds what it looks for, in a process's environment and in a file."""
    show = "import os; print(os.environ['POSTGRES_PASSWORD'])"
    assert SENTINEL in run(sys.executable, "-c", show, cwd=project, **planted()).stdout
    assert re.fullmatch(r"[\w-]+", SENTINEL)
    assert files_with_the_sentinel(project) == ["secrets/postgres"]
