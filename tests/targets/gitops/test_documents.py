"""Each document that a verb prints where Argo CD delivers is what its schema says, as of any other target."""

from __future__ import annotations

import pytest

from documents import conforming
from kkinfra.cli.main import main


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("deploy", ("deploy", "alpha", "--dry-run")),
        ("deploy", ("deploy", "alpha", "--yes", "--timeout", "20")),
        ("deploy", ("rollback", "alpha", "--dry-run")),
        ("deploy", ("rollback", "alpha", "--yes", "--timeout", "20")),
        ("deploy", ("resume", "alpha", "--dry-run")),
        ("difference", ("diff", "alpha", "--without", "cluster")),
        ("status", ("status", "alpha")),
        ("history", ("history", "alpha")),
        ("lock", ("lock", "status", "alpha")),
    ],
)
def test_a_document_is_what_its_schema_says(options, two, argocd, capsys, name, call):
    main([*call, "--spec", options.spec, "-o", "json"])
    printed = capsys.readouterr()
    assert conforming(name, printed.out), printed.err
