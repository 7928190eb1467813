"""What the real specification renders to, kept in the repository and reviewed like code.

After a change that is meant: `kkinfra render --all --out tests/golden`, and read the difference.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.rendering.writing import compare

GOLDEN = Path(__file__).parent
SPEC = open_spec(GOLDEN.parents[1] / "spec/environments.yaml")


@pytest.mark.parametrize("name", SPEC.environments)
def test_the_rendered_tree_is_the_golden_one(name):
    found = compare(render(SPEC.environments[name]), GOLDEN / name)
    assert found.in_sync, f"{found}; if it is meant: kkinfra render --all --out tests/golden"
    assert found.strangers == ()


@pytest.mark.parametrize("name", SPEC.environments)
def test_rendering_twice_gives_the_same_bytes(name):
    first, second = (
        [(each.path, each.content, each.mode) for each in render(SPEC.environments[name])] for _ in range(2)
    )
    assert first == second
