"""The page on platforms and deliveries: its example is one that works, and no trait is left out."""

from __future__ import annotations

import re

import pytest

from checkout import ROOT
from fake_wheel import install
from kkinfra.spec.broken_model import DELIVERY_TRAITS, PLATFORM_TRAITS
from kkinfra.spec.installed_models import deliveries, platforms

__all__ = ["install"]

PAGE = (ROOT / "docs/platforms.md").read_text()


@pytest.mark.parametrize(
    ("what", "traits"), [("platform", {*PLATFORM_TRAITS, "address(part)"}), ("delivery", {*DELIVERY_TRAITS})]
)
def test_every_trait_is_told(what, traits):
    table = PAGE.partition(f"| trait of a {what} |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)) == traits


def test_the_example_works(install):
    code = re.search(r"```python\n(.+?)```", PAGE, re.DOTALL)[1]
    points = dict(re.findall(r'"(kkinfra\.\w+)"\]\n([\w-]+ = .+)', PAGE))
    named = {group: dict([re.fullmatch(r'(.+) = "shop_nomad:(\w+)"', line).groups()]) for group, line in points.items()}
    install(code, named)
    assert platforms()["nomad"].model.__name__ == "Nomad"
    assert deliveries()["nomad-api"].model.__name__ == "NomadApi"
