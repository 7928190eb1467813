"""Each clash is an error at its place, in the environment that has it."""

from __future__ import annotations

import pytest

from checkout import EVERYTHING_FILE
from kkinfra.errors import SpecError
from kkinfra.spec.loading import resolve_document
from kkinfra.spec.overlay import Layer, merge
from kkinfra.values.document import parse
from kkinfra.values.yaml_text import document

EVERYTHING = EVERYTHING_FILE.read_text()
CONTAINER = "{kind: container, image: 'busybox:1', memory: 64MB, port: 9100, route: ROUTE}"
JOB = "{kind: job, command: [x], memory: 64MB, before: [BEFORE]}"


def issues(overlay: str) -> list[str]:
    said = [Layer((), parse(text, "spec.yaml").value) for text in (EVERYTHING, overlay)]
    try:
        resolve_document(parse(document(merge(said)), "spec.yaml"), "spec.yaml")
    except SpecError as error:
        return [f"{issue.field}: {issue.problem}" for issue in error.issues]
    return []


@pytest.mark.parametrize(
    ("overlay", "expected"),
    [
        (
            "stack: {volumes: " + JOB.replace("BEFORE", "webapp") + "}",
            "stack.volumes: is a name that kkinfra uses for a service or policy of its own; rename the part",
        ),
        ("stack: {webapp-blue: " + JOB.replace("BEFORE", "webapp") + "}", "stack.webapp-blue: is a name"),
        ("stack: {1st: " + JOB.replace("BEFORE", "webapp") + "}", "stack.1st: begins with a digit"),
        (
            "stack: {more: " + CONTAINER.replace("ROUTE", "/hooks") + "}",
            "stack.more.route: /hooks is the path of hooks already",
        ),
        (
            "stack: {more: " + CONTAINER.replace("ROUTE", "/static/") + "}",
            "stack.more.route: /static/ is the path of static-files",
        ),
        ("stack: {more: " + CONTAINER.replace("ROUTE", "/") + "}", "stack.more.route: / is the path of webapp already"),
        (
            "stack: {first: " + JOB.replace("BEFORE", "sessions") + "}",
            "stack.first.before[0]: 'sessions' is not started by a release",
        ),
        (
            "stack: {a: " + JOB.replace("BEFORE", "b") + ", b: " + JOB.replace("BEFORE", "a") + "}",
            "stack.a.before: a would have to run before itself",
        ),
        (
            "secrets: {AWS_SECRET: {readers: [static-files]}}",
            "secrets.AWS_SECRET.readers[0]: 'static-files' reads no secrets",
        ),
    ],
)
def test_a_clash_is_told(overlay, expected):
    assert any(issue.startswith(expected) for issue in issues(overlay)), issues(overlay)


@pytest.mark.parametrize("overlay", ["{}", "stack: {more: " + CONTAINER.replace("ROUTE", "/more/") + "}"])
def test_what_does_not_clash_passes(overlay):
    assert issues(overlay) == []
