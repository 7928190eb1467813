"""The two faces of kkinfra, for programs and for authors of plug-ins: what they offer, and that it is what it is."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import kkinfra
from checkout import ROOT
from kkinfra import plugins

FACES = {"kkinfra": kkinfra, "kkinfra.plugins": plugins}
INTERNAL = {
    "kkinfra.proving.aws_prices.CREDITS", "kkinfra.proving.aws_prices.CREDITS_SINCE",
    "kkinfra.proving.aws_prices.FREE_TRAFFIC", "kkinfra.proving.aws_prices.price", "kkinfra.proving.parity.Disparity",
    "kkinfra.proving.parity.differences", "kkinfra.proving.parity.image_at", "kkinfra.spec.schedule.FIELDS",
    "kkinfra.spec.secret_delivery.NAME", "kkinfra.spec.stack", "kkinfra.spec.wiring",
    "kkinfra.spec.wiring.STATIC_FILES_PORT", "kkinfra.spec.wiring.text", "kkinfra.values.suggestions.few",
}  # fmt: skip
"""What built-in renderers and proofs import besides, which is about their own files."""


def imported_for_checkers(module):
    """The names that a face imports where types are checked, by the module that they are from."""
    tree = ast.parse(Path(module.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {
        (node.module.removeprefix("kkinfra."), alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


@pytest.mark.parametrize("face", FACES)
def test_what_checkers_see_is_what_there_is(face):
    module = FACES[face]
    homes = {(home, name) for home, names in module._HOMES.items() for name in names}
    assert imported_for_checkers(module) == homes
    assert {name for _, name in homes} | {"__version__"} >= set(module.__all__)
    assert {name for _, name in homes} <= set(module.__all__)
    assert len(homes) == len({name for _, name in homes}), "a name has two homes"
    for home, name in homes:
        assert getattr(module, name) is getattr(importlib.import_module(f"kkinfra.{home}"), name)


@pytest.mark.parametrize("face", FACES)
def test_an_unknown_name_is_no_attribute(face):
    with pytest.raises(AttributeError, match=rf"module '{face}' has no attribute 'opeen'"):
        FACES[face].opeen  # noqa: B018
    assert dir(FACES[face]) == sorted(FACES[face].__all__)


@pytest.mark.parametrize("face", FACES)
def test_importing_a_face_loads_nothing_of_others(face):
    code = f"import sys, {face}; print(len([name for name in sys.modules if 'pydantic' in name or 'yaml' in name]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_authors_have_all_that_built_in_renderers_and_proofs_import():
    offered = {name for names in plugins._HOMES.values() for name in names}
    missing = set()
    for path in [*(ROOT / "renderers").rglob("*.py"), *(ROOT / "kkinfra/proving/proofs").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kkinfra."):
                named = {f"{node.module}.{each.name}" for each in node.names}
                missing |= {each for each in named if each.rpartition(".")[2] not in offered}
    assert {each for each in missing if not each.startswith("kkinfra.proving.proofs.")} == INTERNAL


def test_only_the_command_knows_how_a_command_is_parsed():
    found = {
        str(path.relative_to(ROOT / "kkinfra"))
        for path in (ROOT / "kkinfra").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import) and any(each.name == "argparse" for each in node.names)
    }
    assert found
    assert {path for path in found if not path.startswith("cli/")} == set()
