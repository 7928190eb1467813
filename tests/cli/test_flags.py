"""A flag or a verb counts as it is written, whole; what is near is suggested, on every Python in the same words."""

from __future__ import annotations

import ast
import json
import subprocess

import pytest

from checkout import ROOT
from kkinfra.cli.argument_parser import asks_for_json, verb_first
from kkinfra.cli.main import main
from kkinfra.cli.parser import VERBS, command_parser
from kkinfra.errors import WrongCallError


def flags(parser):
    return [flag for action in parser._actions for flag in action.option_strings if flag.startswith("--")]


@pytest.mark.parametrize("verb", VERBS)
def test_no_flag_of_any_verb_can_be_shortened(verb):
    _, parser = command_parser(verb)
    known = flags(parser)
    for flag in known:
        for shortened in {flag[:length] for length in range(3, len(flag))} - set(known):
            for written in (shortened, f"{shortened}=x"):
                with pytest.raises(WrongCallError) as error:
                    parser.parse(["alpha", written])
                assert str(error.value).startswith(f"{shortened} is not a flag of `kkinfra {verb}` (did you mean ")
                assert flag in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["deploy", "production", "--allow"], "(did you mean '--allow-unsafe-migrations'?)"),
        (["provision", "production", "--ne"], "(did you mean '--newest-image'?)"),
        (["provision", "production", "--d"], "(did you mean one of --database, --drift, --dry-run?)"),
        (["deploy", "production", "--stagging-first"], "(did you mean '--staging-first'?)"),
        (["render", "-x", "alpha"], "error: -x is not a flag of `kkinfra render`; `kkinfra render --help` lists all"),
        (["rend", "alpha"], "'rend' is not a verb of `kkinfra` (did you mean 'render'?)"),
        (["--vers"], "--vers is not a flag of `kkinfra` (did you mean '--version'?)"),
        (["render", "alpha", "-o", "jsn"], "argument -o: 'jsn' is none of text, json (did you mean 'json'?)"),
        (["lock", "realease", "alpha"], "is none of status, release (did you mean 'release'?)"),
    ],
)
def test_the_nearest_is_suggested(arguments, told, capsys):
    assert main(arguments) == 1
    usage, _, line = capsys.readouterr().err.rstrip("\n").rpartition("\n")
    assert usage.startswith("usage: kkinfra")
    assert line.startswith("error: ")
    assert told in line


@pytest.mark.parametrize("asked", [["-o", "json"], ["-ojson"], ["-qojson"]])
@pytest.mark.parametrize("wrong", [["render", "--al"], ["rendr"], ["explain"], ["render", "alpha", "--bogus", "x"]])
def test_a_wrong_call_is_json_too(wrong, asked, capsys):
    assert main([*wrong, *asked]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"] in shown.err


@pytest.mark.parametrize("arguments", [["-o", "text"], ["x-o", "json"], ["--out", "-ojson.d"], []])
def test_json_is_not_asked_for(arguments):
    assert not asks_for_json(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--spec", "spec/environments.yaml", "explain", "alpha", "domain"],
        ["--spec=spec/environments.yaml", "-o", "text", "explain", "alpha", "domain"],
        ["-v", "explain", "alpha", "--spec", "spec/environments.yaml", "domain"],
    ],
)
def test_flags_may_stand_before_the_verb(arguments, capsys):
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("domain = ")


def test_a_spec_before_the_verb_is_the_one_that_is_read(capsys):
    assert main(["--spec", "nowhere.yaml", "validate"]) == 1
    assert capsys.readouterr().err.startswith("error: nowhere.yaml: does not exist")


def test_what_stands_before_the_verb_is_only_moved():
    assert verb_first(["--spec", "a", "render", "x", "--all"]) == ("render", ["--spec", "a", "x", "--all"])
    assert verb_first(["--spec", "a"]) == ("", ["--spec", "a"])
    assert verb_first([]) == ("", [])


def test_what_only_looks_like_a_flag_is_none(capsys):
    assert main(["explain", "alpha", "--spec", "spec/environments.yaml", "--", "--no-such-field"]) == 1
    assert "has no field '--no-such-field'" in capsys.readouterr().err


def parsers(name):
    """Whether each parser that a file makes takes whole flags only."""
    for node in ast.walk(ast.parse((ROOT / name).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "argparse.ArgumentParser":
            yield any(each.arg == "allow_abbrev" and not each.value.value for each in node.keywords)


@pytest.mark.needs("git")
def test_no_other_parser_of_the_project_takes_a_part_of_a_flag():
    """Subparsers are made by the class of the parser above them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    made = [(name, exact) for name in listed.stdout.split() if not name.startswith("tests/") for exact in parsers(name)]
    assert {name for name, _ in made} >= {"rehearsal/__main__.py", "benchmarks/__main__.py"}
    assert all(is_exact for _, is_exact in made), made
