"""The checked-in specification, damaged at random: it is valid still, or every issue has a place and a remedy."""

import copy
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout import SPEC_FILE
from kkinfra.errors import SpecError
from kkinfra.spec.loading import Spec, load_spec, resolve_document
from kkinfra.values.document import Steps, parse

SOURCE = SPEC_FILE.read_text(encoding="utf-8")
TREE = parse(SOURCE, "spec").value
PYDANTICS_WORDS = re.compile(
    r"pydantic|function-plain|constrained|Input should|validation error|<lambda>|valid (string|integer)|\bNone\b"
    r"|NoneType|input_value|\bdict\b|str type|string_type|ValidationError|is not of type"
)

thorough = settings(
    max_examples=int(os.environ.get("MUTATIONS", "120")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)

NASTY: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**70,
    1.5,
    float("inf"),
    float("nan"),
    "",
    " ",
    "x",
    "null",
    "on",
    "yes",
    "1:30",
    "0x1f",
    "256MB",
    "1QB",
    "30s",
    "a;b",
    "a\nb",
    "$(id)",
    "`id`",
    "{{ x }}",
    "${X}",
    "'",
    '"',
    "../..",
    "/etc",
    "/",
    "\x00",
    "\u2028",
    "\u202e",
    "가",
    "A" * 5000,
    "webapp",
    "redis",
    "postgresql",
    "alpha",
    "production",
    "kubernetes",
    "compose",
    "ssh",
    "gitops",
    "certbot",
    "traefik",
    "rds",
    "statefulset",
    "<<",
    "*",
    "&",
    [],
    {},
    [None],
    ["celery"],
    [[]],
    {"": ""},
    {"kind": "redis"},
    {"kind": "job", "command": ["x"], "memory": "1MB", "before": ["webapp"]},
    {"kind": None},
    {"on": "rds"},
    {"by": 3},
    {"a": {"a": {"a": {"a": 1}}}},
    {"extends": "alpha"},
    {"env": "X"},
    65536,
]
KEYS = [
    "",
    "name",
    "project",
    "source",
    "extends",
    "kind",
    "on",
    "by",
    "stack",
    "memory",
    "X",
    "a b",
    "a\nb",
    "<<",
    "environments",
    "webapp",
    "null",
    "가",
    "x" * 300,
    "[key]",
    "redis",
    "0",
    "beta",
    "a.b",
]


def outcome(text: str) -> Spec | SpecError:
    try:
        return resolve_document(parse(text, "spec.yaml"), "spec.yaml")
    except SpecError as error:
        return error


def check(text: str, found: Spec | SpecError) -> None:
    if isinstance(found, Spec):
        assert found.environments
        return
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert found.issues
    assert list(found.issues) == sorted(set(found.issues))
    for issue in found.issues:
        assert 1 <= issue.location.line <= len(lines), issue
        assert 1 <= issue.location.column <= len(lines[issue.location.line - 1]) + 1, issue
        assert len(issue.problem) > 10, issue
        assert "\n" not in str(issue), issue
        assert str(issue).isprintable(), repr(str(issue))
        assert len(str(issue)) < 1000, issue
        assert not PYDANTICS_WORDS.search(str(issue)), issue


def paths(value: Any, path: Steps = ()) -> list[Steps]:
    found = [path]
    if isinstance(value, dict):
        found += [each for key, inner in value.items() for each in paths(inner, (*path, key))]
    elif isinstance(value, list):
        found += [each for index, inner in enumerate(value) for each in paths(inner, (*path, index))]
    return found


def container(tree: Any, path: Steps) -> Any:
    for step in path[:-1]:
        tree = tree[step]
    return tree


@st.composite
def damaged_trees(draw: st.DrawFn) -> Any:
    tree = copy.deepcopy(TREE)
    for _ in range(draw(st.integers(1, 4))):
        # a tree may have been emptied by an earlier step
        places = [path for path in paths(tree) if path]
        if not places:
            break
        path = draw(st.sampled_from(places))
        around = container(tree, path)
        action = draw(st.sampled_from(["replace", "replace", "delete", "rename", "add", "copy"]))
        if action == "delete":
            del around[path[-1]]
        elif action == "rename" and isinstance(around, dict):
            around[draw(st.sampled_from(KEYS))] = around.pop(path[-1])
        elif action == "add" and isinstance(around, dict):
            around[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(NASTY)))
        elif action == "copy":
            source = draw(st.sampled_from(places))
            around[path[-1]] = copy.deepcopy(container(tree, source)[source[-1]])
        else:
            around[path[-1]] = copy.deepcopy(draw(st.sampled_from(NASTY)))
    return tree


PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "\t",
            "\r",
            "\n",
            "\r\n",
            ": ",
            "- ",
            "{",
            "}",
            "[",
            "]",
            "'",
            '"',
            "#",
            "&a ",
            "*a",
            "!!int ",
            "!x ",
            "---\n",
            "...\n",
            "<<: ",
            "? ",
            "|\n",
            ">\n",
            "\x00",
            "\x1b",
            "\x85",
            "\u2028",
            "\ufeff",
            "\ufffe",
            "%YAML 3.0\n",
            "~",
            "null",
            "\\",
            "@",
            "`",
        ]
    ),
)


@st.composite
def damaged_texts(draw: st.DrawFn) -> str:
    text = SOURCE
    for _ in range(draw(st.integers(1, 5))):
        action = draw(st.sampled_from(["insert", "delete", "replace", "line", "cut"]))
        start = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 12))
        if action == "line":
            lines = text.split("\n")
            source, target = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            lines.insert(target, lines[source] if draw(st.booleans()) else lines.pop(source))
            text = "\n".join(lines)
        elif action == "cut":
            text = text[: max(start, 200)]
        else:
            piece = "" if action == "delete" else draw(PIECES)
            text = text[:start] + piece + text[start if action == "insert" else start + length :]
    return text


PLANTED = "hunter2s3cr3t"
SECRETS = [path for path in paths(TREE) if path[:1] == ("secrets",) and len(path) > 1 and "readers" not in path] + [
    ("stack", "postgresql", "password"),
    ("registry", "pull_secret"),
]
WRITTEN: list[Any] = [
    PLANTED,
    [PLANTED],
    {"env": PLANTED},
    {"file": f"/{PLANTED}/"},
    {"value": PLANTED},
    {"env": [PLANTED]},
    {"env": {"x": PLANTED}},
    {"sops": f"../{PLANTED}"},
    {"aws_secret": f"{PLANTED} "},
    {"key": f"-{PLANTED}", "sops": "a.yaml"},
    f"${{X:-{PLANTED}}}",
    f"{{{{ {PLANTED} }}}}",
    f"{PLANTED} x",
    f"x={PLANTED}",
    f"https://x:{PLANTED}@y",
]


@st.composite
def mistaken_trees(draw: st.DrawFn) -> Any:
    """The tree with one thing changed: a value, a key, or one thing more or less."""
    tree = copy.deepcopy(TREE)
    path = draw(st.sampled_from([path for path in paths(tree) if path]))
    around = container(tree, path)
    action = draw(st.sampled_from(["replace", "delete", "rename", "add"]))
    if action == "delete":
        del around[path[-1]]
    elif action == "rename" and isinstance(around, dict):
        around[draw(st.sampled_from(KEYS))] = around.pop(path[-1])
    elif action == "add" and isinstance(around, dict):
        around[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(NASTY)))
    else:
        around[path[-1]] = copy.deepcopy(draw(st.sampled_from(NASTY)))
    return tree


@thorough
@given(mistaken_trees())
def test_one_mistake_names_its_field_and_a_remedy(tree: Any) -> None:
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    found = outcome(text)
    check(text, found)
    if isinstance(found, SpecError):
        form = (issue for issue in found.issues if not issue.field)
        assert all("character U+" in issue.problem or "colon" in issue.problem for issue in form)
        assert all(issue.remedy for issue in found.issues), found.issues


@pytest.mark.parametrize("written", WRITTEN, ids=str)
@pytest.mark.parametrize("path", SECRETS, ids=lambda path: ".".join(map(str, path)))
def test_no_message_holds_a_secret(path: Steps, written: Any) -> None:
    tree = copy.deepcopy(TREE)
    container(tree, path)[path[-1]] = copy.deepcopy(written)
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    found = outcome(text)
    if isinstance(found, SpecError):
        check(text, found)
        assert not re.search(PLANTED, str(found), re.IGNORECASE), found


@thorough
@given(damaged_texts())
def test_damaged_text(text: str) -> None:
    check(text, outcome(text))


@thorough
@given(damaged_trees())
def test_damaged_tree(tree: Any) -> None:
    text = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True)
    check(text, outcome(text))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "environments.yaml"


@thorough
@given(
    st.lists(
        st.tuples(st.integers(0, len(SOURCE.encode()) - 1), st.integers(0, 8), st.binary(max_size=8)),
        min_size=1,
        max_size=4,
    )
)
def test_damaged_bytes(file: Path, damage: list[tuple[int, int, bytes]]) -> None:
    raw = SOURCE.encode()
    for start, length, new in damage:
        raw = raw[:start] + new + raw[start + length :]
    file.write_bytes(raw)
    try:
        found: Spec | SpecError = load_spec(file)
    except SpecError as error:
        found = error
    # each byte that is no UTF-8 counts as one character, so that lines and columns can be compared
    check(raw.decode("utf-8-sig", errors="replace"), found)
