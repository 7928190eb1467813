"""Each rule: operations that the running release can live with, and those that it cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.migrations_check.projects import Answer, Project
from tests.migrations_check.rules import APPLIED, BASE, CASES, ROW, TABLES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """All cases in one project, an app each; to migrate them all would take longer than to judge them."""
    project = Project(tmp_path_factory.mktemp("rules"), *CASES)
    for app in CASES:
        project.migration(app, "0001_initial", BASE % {"app": app})
    tables = [(TABLES + ROW if case.rows else TABLES) % {"app": app} for app, case in CASES.items()]
    project.sql(APPLIED + "".join(tables))
    for app, case in CASES.items():
        operations = case.operations.replace("{app}", app)
        project.migration(app, "0002_case", operations, after=[(app, "0001_initial")], more=case.more)
    return project.ask()


def test_all_is_told(answer: Answer, tmp_path: Path) -> None:
    assert answer.status == 0, answer.document
    assert len(answer.migrations) == len(CASES)


@pytest.mark.parametrize("app", CASES)
def test_verdict(answer: Answer, app: str) -> None:
    found = answer.operations(app)
    assert [operation["verdict"] for operation in found] == CASES[app].verdicts.split(), found
    assert CASES[app].words.format(app=app) in " ".join(operation["why"] for operation in found)


@pytest.mark.parametrize("app", [app for app, case in CASES.items() if "unsafe" in case.verdicts])
def test_what_is_unsafe_has_a_remedy(answer: Answer, app: str) -> None:
    for operation in answer.operations(app):
        assert (operation["verdict"] == "unsafe") == bool(re.search("; do instead: .", operation["why"]))


def test_each_rule_has_a_case_that_is_safe_and_one_that_is_not(answer: Answer) -> None:
    seen: dict[str, set[str]] = {}
    for app in CASES:
        for operation in answer.operations(app):
            seen.setdefault(operation["kind"], set()).add(operation["verdict"])
    never = {"AlterModelOptions", "AlterModelManagers", "AlterModelTableComment", "CreateCollation"}
    never |= {"RemoveIndex", "RemoveIndexConcurrently", "RenameIndex", "AddIndexConcurrently", "RemoveConstraint"}
    never |= {"TrigramExtension", "CreateExtension"}
    open_questions = {"AddConstraintNotValid", "RemoveCollation"}
    one_sided = {kind for kind, verdicts in seen.items() if len(verdicts) == 1}
    assert one_sided == never | open_questions
