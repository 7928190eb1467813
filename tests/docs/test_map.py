"""The map of the house leads to what is there: every folder, every verb, every file that it names."""

from __future__ import annotations

import configparser
import re
from itertools import product

import pytest

from checkout import ROOT
from kkinfra.cli.parser import VERBS

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
MAP = CONTRIBUTING[CONTRIBUTING.index("## The map of the house") : CONTRIBUTING.index("## A test")]
ROWS = {
    verb: (done, tested) for verb, done, tested in re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", MAP, re.MULTILINE)
}


def paths(text):
    """Every path that a text names, `{a,b}` as a shell has it."""
    for path in re.findall(r"`((?:kkinfra|renderers|tests)/[^`]+)`", text):
        parts = [each.split(",") for each in re.split(r"[{}]", path)]
        yield from ("".join(chosen) for chosen in product(*parts))


def test_every_verb_is_on_the_map_in_the_order_of_help():
    assert list(ROWS) == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_parsed_done_and_tested_where_the_map_says(verb):
    done, tested = (list(paths(cell)) for cell in ROWS[verb])
    assert (ROOT / f"kkinfra/cli/verbs/{verb}.py").is_file()
    assert [path for path in (*done, *tested) if not (ROOT / path).is_file()] == []
    assert all("\ndef run(" in (ROOT / path).read_text() for path in done if path.startswith("kkinfra/cli/"))


@pytest.mark.parametrize("verb", VERBS)
def test_what_a_place_does_for_a_verb_is_on_the_map(verb):
    done = set(paths(ROWS[verb][0]))
    targets = (ROOT / "kkinfra/targets").glob(f"*/{verb}.py")
    assert {str(path.relative_to(ROOT)) for path in targets if path.parent.name != "protocol"} <= done


def test_everything_else_that_the_map_names_is_there():
    named = [path for path in paths(MAP) if "VERB" not in path and "TARGET" not in path]
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_way_of_data_is_that_of_the_contract():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = [each.split(" | ") for each in contracts["importlinter:contract:data-flow"]["layers"].split("\n") if each]
    floors = {name: -floor for floor, names in enumerate(layers) for name in names}
    table = ARCHITECTURE[: ARCHITECTURE.index("An environment goes down")]
    named = [each.removesuffix(".py").rstrip("/") for each in re.findall(r"^\| `([\w./]+)` \|", table, re.MULTILINE)]
    assert sorted(named) == sorted(floors.keys() - {"__main__", "host"})
    assert [floors[each] for each in named] == sorted(floors[each] for each in named)


def test_every_folder_of_the_targets_is_told():
    folders = {each.name for each in (ROOT / "kkinfra/targets").iterdir() if each.is_dir() and each.name[0] != "_"}
    assert folders == set(re.findall(r"^\| `(\w+)/` \| [^|]+ \| [^|]+ \|$", ARCHITECTURE, re.MULTILINE))


BY_ITSELF = {
    "bad_input", "bare", "bootstrap", "cluster_double", "docs", "e2e", "golden", "judge", "packaging", "project",
    "sessions", "speed", "subsets", "support", "typed",
}  # fmt: skip
"""Folders of tests of the whole, or of what stands beside the folders of kkinfra."""


def test_folders_of_tests_are_called_as_those_that_they_test():
    tests, found = ROOT / "tests", []
    for folder in sorted({each.parent.relative_to(tests) for each in tests.rglob("test_*.py")}):
        first, *below = folder.parts
        package = (
            ROOT.joinpath("renderers", f"kkinfra_{below[0]}") if first == "renderers" else ROOT / "kkinfra" / folder
        )
        if first not in BY_ITSELF and not package.is_dir():
            found.append(str(folder))
    assert found == []
