"""What runs on a host: the oldest Python that a host may have reads it, and it needs nothing but Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kkinfra
from old_python import ABSENT, OLDEST, oldest_python

PACKAGE = Path(kkinfra.__file__).parent
SOURCES = sorted((PACKAGE / "host").rglob("*.py"))
MODULES = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in SOURCES]
IN_THE_PRODUCT = "kkinfra.host.django_migrations"
"""It runs in the product's container, which has Django and a Python of its own."""


def imported(tree):
    """The modules that are imported wherever it is, but for those that only a type checker reads."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "what is sent has no parent to be relative to"
            yield node.module


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_the_oldest_python_reads_it(path):
    ast.parse(path.read_text(), str(path), feature_version=OLDEST)


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_it_imports_the_standard_library_and_itself_and_nothing_else(path):
    for name in imported(ast.parse(path.read_text())):
        top = name.partition(".")[0]
        assert top in sys.stdlib_module_names or name == "kkinfra.host" or name.startswith("kkinfra.host."), name


@pytest.mark.parametrize("path", SOURCES, ids=MODULES)
def test_annotations_are_never_evaluated_since_they_may_be_of_a_later_python(path):
    tree = ast.parse(path.read_text())
    is_annotated = any(isinstance(node, ast.FunctionDef | ast.AnnAssign) for node in ast.walk(tree))
    assert not is_annotated or "from __future__ import annotations\n" in path.read_text()


@pytest.mark.skipif(not oldest_python(), reason=ABSENT)
def test_the_oldest_python_imports_all_of_it(tmp_path):
    """By itself: a package around it that imports what a host does not have is left out."""
    (tmp_path / "kkinfra").mkdir()
    (tmp_path / "kkinfra/host").symlink_to(PACKAGE / "host")
    names = [name.removesuffix(".__init__") for name in MODULES if name != IN_THE_PRODUCT]
    code = f"import sys, importlib\nsys.path.insert(0, sys.argv[1])\nfor n in {names!r}: importlib.import_module(n)\n"
    done = subprocess.run(
        [oldest_python(), "-I", "-B", "-W", "error", "-c", code, str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_is_looked_at_is_all_of_it():
    assert {"kkinfra.host.runs", "kkinfra.host.rollout", "kkinfra.host.provision.verb"} <= set(MODULES)
    assert len(MODULES) > 40
