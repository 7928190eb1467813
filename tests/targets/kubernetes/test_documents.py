"""Each document that a verb prints of a cluster is what its schema says, as of any other target."""

from __future__ import annotations

import pytest

from documents import conforming


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("deploy", ("deploy", "--dry-run")),
        ("deploy", ("deploy", "--yes", "--image", "registry.example.org/shop:3.0.0")),
        ("deploy", ("rollback", "--dry-run")),
        ("deploy", ("rollback", "--yes")),
        ("deploy", ("secrets", "push", "--dry-run")),
        ("difference", ("diff",)),
        ("status", ("status",)),
        ("history", ("history",)),
        ("lock", ("lock", "status")),
        ("lock", ("lock", "release")),
    ],
)
def test_a_document_is_what_its_schema_says(twice_deployed, name, call):
    done = twice_deployed.run(*call, "-o", "json")
    assert conforming(name, done.out), done.err
