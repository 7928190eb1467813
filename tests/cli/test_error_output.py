"""Errors of a spec for people and for programs: all of them, sorted, bounded for people, in stable fields."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from checkout import SPEC_FILE
from kkinfra.console.output import MOST_PRINTED, emit_error, print_error
from kkinfra.errors import Issue, Location, SpecError

SPEC = SPEC_FILE


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "environments.yaml"
    text = SPEC.read_text(encoding="utf-8")
    for old, new in {"maxmemory: 256MB": "maxmemory: 256M", "workers: 2,": "workers: two,", "ko\n": "1.10\n"}.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


def kkinfra(path, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "kkinfra", *arguments, "--spec", path.name],
        cwd=path.parent, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done


FOUND = [
    ("stack.webapp.workers", 12, "'two' is not a whole number", "write one, as in 2"),
    ("stack.redis.maxmemory", 16, "'256M' has no exact unit", "write 256MB (decimal) or 256MiB (binary)"),
    ("settings.LANGUAGE_CODE", 24, "1.10 is not text, a whole number, true or false", 'put it in quotes: "1.10"'),
]


def test_people_get_every_error_in_the_order_of_the_file(spec):
    lines = kkinfra(spec, "validate").stderr.splitlines()
    assert [line.split(": ")[0].split(" ")[1] for line in lines[:-1]] == [field for field, *_ in FOUND]
    assert lines[-1] == "3 errors; nothing was written"


def test_json_has_place_field_message_and_remedy(spec):
    told = json.loads(kkinfra(spec, "validate", "-o", "json").stdout)
    assert [(each["field"], each["line"], each["message"], each["remedy"]) for each in told["issues"]] == FOUND
    assert {tuple(each) for each in told["issues"]} == {
        ("file", "line", "column", "field", "message", "remedy", "problem")
    }


def test_sarif_has_place_field_message_and_remedy(spec):
    results = json.loads(kkinfra(spec, "validate", "-o", "sarif").stdout)["runs"][0]["results"]
    found = [
        (
            each["properties"]["field"],
            each["locations"][0]["physicalLocation"]["region"]["startLine"],
            each["properties"]["message"],
            each["properties"]["remedy"],
        )
        for each in results
    ]
    assert found == FOUND


def test_every_verb_that_speaks_json_gives_the_issues(spec):
    told = json.loads(kkinfra(spec, "diff", "alpha", "-o", "json").stdout)
    assert [each["field"] for each in told["issues"]] == [field for field, *_ in FOUND]


def test_a_flood_is_bounded_for_people(capsys):
    issues = [Issue(Location("f", line, 1), "a", "is wrong; write b") for line in range(1, 1001)]
    emit_error(SpecError(issues))
    print_error(SpecError(issues))
    out, err = capsys.readouterr()
    assert len(json.loads(out)["issues"]) == 1000
    assert len(err.splitlines()) == MOST_PRINTED + 1
    assert err.splitlines()[-1] == f"1000 errors, of which {MOST_PRINTED} are printed; nothing was written"
