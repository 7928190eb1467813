"""What --out can be: an ending that is written, or a refusal that lists those; the file is whole or as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kkinfra.cli.main import main
from kkinfra.cli.parser import VERBS, command_parser

SPEC = ("--spec", str(Path("spec/environments.yaml").resolve()))
WRITERS = [
    verb
    for verb in VERBS
    for action in command_parser(verb)[1]._actions
    if "--out" in action.option_strings and action.metavar == "FILE"
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def told(capsys, *arguments):
    assert main([*arguments, *SPEC]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert not any(Path().iterdir())
    return line


def test_these_write_a_file():
    assert WRITERS == ["diagram", "report"]


@pytest.mark.parametrize("verb", WRITERS)
@pytest.mark.parametrize("ending", ["png", "PNG", "pdf", "txt", "json", "svgz", "md"])
def test_an_ending_that_is_not_written_is_refused_with_those_that_are(verb, ending, capsys):
    line = told(capsys, verb, "--out", f"x.{ending}")
    assert line.startswith(f"error: x.{ending}: .{ending.lower()} cannot be written, only ")
    assert (".svg (svg), .mmd (mermaid)" if verb == "diagram" else ".html (html)") in line
    assert "; for P" in line


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["--out", "a.svg"], "<svg"), (["--out", "A.SVG"], "<svg"), (["--out", "a.mmd"], "flowchart"),
        (["--out", "a.mermaid"], "flowchart"), (["--out", "a"], "flowchart"), (["--out", "a", "-o", "svg"], "<svg"),
        (["--out", "a.svg", "-o", "svg"], "<svg"),
    ],
)  # fmt: skip
def test_the_content_is_what_the_ending_says(arguments, start):
    assert main(["diagram", *arguments, *SPEC]) == 0
    (written,) = Path().iterdir()
    assert written.read_text().startswith(start)


@pytest.mark.parametrize(("form", "out"), [("svg", "x.mmd"), ("mermaid", "x.svg")])
def test_a_format_and_another_ending_conflict(form, out, capsys):
    assert f"{out} ends as " in told(capsys, "diagram", "-o", form, "--out", out)


@pytest.mark.parametrize("verb", WRITERS)
def test_a_folder_that_is_not_there(verb, capsys):
    assert told(capsys, verb, "--out", "no/x").endswith("make the folder no, or name another FILE after --out")


@pytest.mark.parametrize("verb", WRITERS)
def test_a_directory(verb, tmp_path, capsys):
    assert main([verb, "--out", str(tmp_path), *SPEC]) == 1
    assert "Is a directory; name another FILE after --out" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["-", "/dev/stdout"])
def test_standard_output_by_name(out, capfd):
    assert main(["diagram", "--out", out, "-q", *SPEC]) == 0
    assert capfd.readouterr().out.startswith("flowchart")


def test_a_link_and_a_mode_stay(tmp_path):
    (tmp_path / "real.svg").write_text("old")
    (tmp_path / "real.svg").chmod(0o640)
    (tmp_path / "link.svg").symlink_to("real.svg")
    assert main(["diagram", "--out", "link.svg", *SPEC]) == 0
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text().startswith("<svg")
    assert (tmp_path / "real.svg").stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_finished_stays_what_it_was(tmp_path, monkeypatch, capsys):
    def full(_descriptor, _mode):
        raise OSError(28, "No space left on device")

    (tmp_path / "x.svg").write_text("old")
    monkeypatch.setattr(os, "replace", full)
    assert main(["diagram", "--out", "x.svg", *SPEC]) == 1
    assert "x.svg cannot be written: No space left on device" in capsys.readouterr().err
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"x.svg": "old"}
