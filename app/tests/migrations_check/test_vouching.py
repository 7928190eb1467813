"""An author's word, and what the documentation says of it."""

from __future__ import annotations

import re
import runpy
from typing import TYPE_CHECKING

from tests.migrations_check.projects import SCRIPT, Project

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (SCRIPT.parents[2] / "docs/migrations.md").read_text()
ORDER = """\
CreateModel("Order", [
    ("id", models.BigAutoField(primary_key=True)), ("number", models.IntegerField()), ("note", models.TextField()),
]),
"""


def test_every_rule_is_documented() -> None:
    documented = set(re.findall(r"`(\w+)`", PAGE.partition("## The rules")[2]))
    assert set(runpy.run_path(str(SCRIPT))["RULES"]) - documented == set()


def test_the_examples_are_safe(tmp_path: Path) -> None:
    project = Project(tmp_path, "shop")
    project.migration("shop", "0001_initial", ORDER)
    project.migrate()
    names = "0002_order_without_note", "0003_drop_note", "0004_number"
    examples = re.findall(r"^```py\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for name, example in zip(names, examples, strict=True):
        text = f"from django.db import migrations, models\n\n\n{example}"
        (tmp_path / f"shop/migrations/{name}.py").write_text(text)
    answer = project.ask()
    assert answer.migrations == [f"shop.{name}" for name in names]
    assert set(answer.verdicts("shop")) == {"safe"}
    assert len(answer.verdicts("shop")) == 6


def test_a_word_for_a_packages_migration(tmp_path: Path) -> None:
    word = "KKINFRA_SAFE_MIGRATIONS = {'shop.0002_change': 'of a package that was read'}"
    project = Project(tmp_path, "shop", more_settings=word)
    project.migration("shop", "0001_initial", ORDER)
    project.migrate()
    project.migration("shop", "0002_change", "RunPython(print),", after=[("shop", "0001_initial")])
    project.migration("shop", "0003_change", "RunPython(print),", after=[("shop", "0002_change")])
    vouched, unvouched = project.ask().operations("shop")
    assert vouched["why"] == "vouched for: of a package that was read"
    assert unvouched["verdict"] == "unknown"


def test_what_is_safe_needs_no_word(tmp_path: Path) -> None:
    project = Project(tmp_path, "shop")
    project.migration("shop", "0001_initial", ORDER)
    project.migrate()
    field = "AddField('order', 'more', models.TextField(null=True)),"
    after = [("shop", "0001_initial")]
    project.migration("shop", "0002_change", field, after=after, more="kkinfra_safe = 'surely'")
    assert [operation["why"] for operation in project.ask().operations("shop")] == [""]
