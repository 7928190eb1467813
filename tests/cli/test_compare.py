"""The verb `compare`: what it prints in each format, and how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from checkout import SPEC_FILE
from kkinfra.cli.main import main
from real_spec import ACCEPTING_NOTHING

SPEC = str(SPEC_FILE)


def compare(capsys, *arguments):
    code = main(["compare", *arguments, "--spec", SPEC])
    return code, capsys.readouterr()


def test_json_is_one_document_of_all_rows(capsys):
    code, told = compare(capsys, "alpha", "production", "-o", "json")
    document = json.loads(told.out)
    assert (code, told.err) == (0, "")
    assert document["environments"] == ["alpha", "production"]
    database = next(row for row in document["rows"] if row["row"] == "database")
    assert database["values"] == [["PostgreSQL StatefulSet"], ["RDS PostgreSQL (managed)"]]
    assert database["verdict"] == "declared"
    assert database["differences"] == [
        {
            "aspect": "processes",
            "field": "stack.postgresql.on",
            "values": ["statefulset", "rds"],
            "reason": "RDS keeps the data, and backups of it, when the instance is lost",
        }
    ]


def test_an_environment_beside_itself_is_the_same(capsys):
    code, told = compare(capsys, "alpha", "alpha")
    assert code == 0
    assert "differs" not in told.out


@pytest.mark.parametrize(("format_", "start"), [("markdown", "| 항목 | alpha |"), ("html", "<!doctype html>")])
def test_documents_are_in_the_language_that_is_asked_for(capsys, format_, start):
    _, told = compare(capsys, "alpha", "production", "-o", format_, "--lang", "ko")
    assert told.out.startswith(start)
    assert "데이터베이스" in told.out


def test_what_nobody_declared_exits_2_and_quiet_says_nothing(capsys, tmp_path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(ACCEPTING_NOTHING, encoding="utf-8")
    code = main(["compare", "alpha", "production", "--spec", str(spec), "-q"])
    assert (code, capsys.readouterr().out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("alpha", "productio"), "names no environment 'productio' (did you mean 'production'?)"),
        (("alpha",), "the following arguments are required: ENV"),
        (("alpha", "production", "--lang", "fr"), "there are no words in 'fr'; the languages are: en, ko"),
    ],
)
def test_what_is_asked_wrongly_is_told(capsys, arguments, message):
    try:
        code, told = compare(capsys, *arguments)
    except SystemExit as end:
        code, told = end.code, capsys.readouterr()
    assert code == 1
    assert message in told.err


def test_a_terminal_of_another_encoding_gets_utf8():
    done = subprocess.run(
        [sys.executable, "-m", "kkinfra", "compare", "alpha", "production", "--lang", "ko", "--spec", SPEC],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert "데이터베이스" in done.stdout.decode("utf-8")
