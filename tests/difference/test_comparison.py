"""Two trees compared: nothing that is none, everything that is one, and the field named."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.difference.change import ABSENT, FieldChange
from kkinfra.difference.comparison import compared, equal
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.secret import MASK, SecretText

PLAIN = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False) | st.text(max_size=3)
NAMES = st.sampled_from(["name", "key", "port", "path", "value", "a", "b", "command", "test"])
TREES = st.recursive(
    PLAIN, lambda each: st.lists(each, max_size=3) | st.dictionaries(NAMES, each, max_size=3), max_leaves=8
)


def paths(before, after):
    return [each.path for each in compared(before, after)]


@given(TREES)
def test_nothing_differs_from_itself(tree):
    assert compared(tree, copy.deepcopy(tree)) == ()


@given(TREES, TREES)
def test_whatever_differs_is_told_unless_only_an_order_does(one, other):
    assert bool(compared(one, other)) == (sorted_through(one) != sorted_through(other))


@given(st.dictionaries(NAMES, TREES, min_size=1, max_size=4), st.data())
def test_a_field_that_changes_is_named_and_no_other(tree, data):
    key = data.draw(st.sampled_from(sorted(tree)))
    after = {**tree, key: {"changed": True}}
    if equal(tree[key], after[key]):
        return
    assert {path.split(".")[0].split("[")[0] for path in paths(tree, after)} == {key}


@given(
    st.lists(st.fixed_dictionaries({"name": st.text(max_size=4)}, optional={"a": TREES}), unique_by=lambda i: i["name"])
)
def test_items_that_have_names_may_stand_anywhere(items):
    assert compared({"env": items}, {"env": [*reversed(items)]}) == ()


def sorted_through(value, name=""):
    """What is compared: lists without their order where it means nothing; a text by its type and itself."""
    if is_mapping(value):
        return {key: sorted_through(each, key) for key, each in value.items()}
    if is_list(value):
        items = [sorted_through(each, name) for each in value]
        keep = name in {"command", "test"}
        return ["list", *(items if keep else sorted(items, key=lambda each: json.dumps(each, sort_keys=True)))]
    return ["number", float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else [value]


def test_items_are_matched_by_what_they_are_called():
    before = {"containers": [{"name": "webapp", "image": "a:1"}, {"name": "log", "image": "b:1"}]}
    after = {"containers": [{"name": "log", "image": "b:1"}, {"name": "webapp", "image": "a:2"}]}
    assert compared(before, after) == (FieldChange("containers[webapp].image", "a:1", "a:2"),)


def test_an_item_that_comes_is_told_field_by_field():
    before, after = {"env": []}, {"env": [{"name": "LANG", "value": "ko"}]}
    assert compared(before, after) == (
        FieldChange("env[LANG].name", ABSENT, "LANG"), FieldChange("env[LANG].value", ABSENT, "ko"),
    )  # fmt: skip
    assert [each.action for each in compared(after, before)] == ["remove", "remove"]


@pytest.mark.parametrize(
    ("items", "path"),
    [
        ([{"mountPath": "/a", "name": "v"}, {"mountPath": "/b", "name": "v"}], "x[/a].mark"),
        ([{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}], "x[53/TCP].mark"),
        ([{"host": "a.example.org"}, {"host": "b.example.org"}], "x[a.example.org].mark"),
        ([{"Key": "Owner", "Value": "me"}], "x[Owner].mark"),
        ([{"matchLabels": {"a": "b"}}], "x[0].mark"),
    ],
)
def test_what_names_an_item(items, path):
    after = [{**items[0], "mark": 1}, *items[1:]]
    assert paths({"x": items}, {"x": after}) == [path]
    assert paths({"x": [*reversed(items)]}, {"x": after}) == [path]


def test_plain_items_have_no_order_but_a_number():
    assert paths({"drop": ["ALL", "NET"]}, {"drop": ["NET", "ALL"]}) == []
    assert compared({"drop": ["ALL"]}, {"drop": ["ALL", "ALL", "A B"]}) == (
        FieldChange("drop[ALL]", after="ALL"), FieldChange('drop["A B"]', after="A B"),
    )  # fmt: skip


def test_a_command_line_has_an_order():
    before, after = {"command": ["run", "-a", "-b"]}, {"command": ["run", "-b", "-a"]}
    (found,) = compared(before, after)
    assert (found.path, found.note, found.action) == ("command", "the same in another order", "change")
    assert found.lines[1:] == (" run", "+-b", " -a", "--b")
    (longer,) = compared(before, {"command": ["run", "-a", "-b", "-c"]})
    assert (longer.note, longer.lines[-1]) == ("", "+-c")


def test_init_containers_have_an_order_and_names():
    one, two = {"name": "one", "image": "a"}, {"name": "two", "image": "b"}
    assert compared({"initContainers": [one, two]}, {"initContainers": [two, {**one, "image": "c"}]}) == (
        FieldChange("initContainers[one].image", "a", "c"),
        FieldChange("initContainers", ["one", "two"], ["two", "one"], "the same in another order"),
    )


def test_a_text_of_several_lines_is_told_by_lines():
    before, after = {"data": {"app.conf": "a\nb\nc\n"}}, {"data": {"app.conf": "a\nB\nc\n"}}
    (found,) = compared(before, after)
    assert found == FieldChange('data["app.conf"]', lines=("@@ -1,3 +1,3 @@", " a", "-b", "+B", " c"))
    (ending,) = compared("a\nb", "a\nb\n")
    assert ending.lines == ("\\ a line feed at the end, on one side only",)


def test_values_of_other_types_differ_and_null_is_a_value():
    assert len(compared({"a": 1, "b": True, "c": None}, {"a": "1", "b": 1, "c": False})) == 3
    assert compared({}, {"a": None}) == (FieldChange("a", after=None),)
    assert compared({"cpus": 1}, {"cpus": 1.0}) == ()


def test_a_secret_is_named_and_never_shown():
    before = {"data": {"KEY": SecretText("old-one"), "SAME": SecretText("kept")}}
    after = {"data": {"KEY": SecretText("new-one"), "SAME": SecretText("kept"), "MORE": SecretText("third")}}
    found = compared(before, after)
    assert found == (FieldChange("data.KEY", MASK, MASK, "another value"), FieldChange("data.MORE", after=MASK))
    listed = compared({"x": [SecretText("one")]}, {"x": [SecretText("two"), {"a": SecretText("three")}]})
    assert not any(word in repr((found, listed)) for word in ("old-one", "new-one", "third", "two", "three"))
