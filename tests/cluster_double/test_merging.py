"""Properties of typed values: their fields, merging, comparing and removing."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cluster_double.paths import EMPTY, fields_v1, paths_of
from cluster_double.schema import type_of
from cluster_double.typed import compare, field_set, merge, without

EMPTIED = ("f:labels", "f:metadata", "f:spec", "f:template", "f:containers", "f:env", "f:ports", "f:selector")
NODE = type_of("apps", "v1", "Deployment")
TEXT = st.text("abc", min_size=1, max_size=2)
LABELS = st.dictionaries(TEXT, TEXT, max_size=3)


def by(key: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of items that are told apart by the key."""
    item = st.fixed_dictionaries({key: fields.pop(key)}, optional=fields)
    return st.lists(item, max_size=3, unique_by=lambda each: each[key])


PORTS = by("containerPort", containerPort=st.integers(1, 4), name=TEXT)
CONTAINERS = by(
    "name", name=TEXT, image=TEXT, args=st.lists(TEXT, max_size=2), env=by("name", name=TEXT, value=TEXT), ports=PORTS
)
POD = st.fixed_dictionaries({}, optional={"containers": CONTAINERS, "dnsPolicy": TEXT})
SPEC = st.fixed_dictionaries(
    {},
    optional={
        "replicas": st.integers(0, 3),
        "template": st.fixed_dictionaries({}, optional={"metadata": st.just({}), "spec": POD}),
        "selector": st.fixed_dictionaries({"matchLabels": LABELS}),
    },
)
OBJECTS = st.fixed_dictionaries(
    {"metadata": st.fixed_dictionaries({"name": st.just("x")}, optional={"labels": LABELS})}, optional={"spec": SPEC}
)


@given(OBJECTS)
def test_a_set_of_fields_survives_its_written_form(obj):
    paths = field_set(NODE, obj)
    assert frozenset(paths_of(fields_v1(paths))) == paths


@given(OBJECTS)
def test_an_object_does_not_differ_from_itself(obj):
    found = compare(NODE, obj, {**obj})
    assert not (found.added | found.modified | found.removed)


@given(OBJECTS, OBJECTS)
def test_merging_the_same_again_changes_nothing(live, config):
    once = merge(NODE, live, config)
    again = merge(NODE, once, config)
    found = compare(NODE, once, again)
    assert not (found.added | found.modified | found.removed)


@given(OBJECTS, OBJECTS)
def test_everything_that_is_set_is_in_what_is_merged(live, config):
    found = compare(NODE, config, merge(NODE, live, config))
    assert not found.modified
    assert not {path for path in found.removed if path[-1] not in EMPTIED}


@given(OBJECTS, OBJECTS)
def test_what_differs_one_way_differs_the_other_way_round(before, after):
    there, back = compare(NODE, before, after), compare(NODE, after, before)
    assert there.added == back.removed
    assert there.removed == back.added
    assert there.modified == back.modified


@given(OBJECTS)
def test_without_any_field_no_value_is_left_and_without_none_all_are(obj):
    assert field_set(NODE, without(NODE, obj, EMPTY)) == field_set(NODE, obj)
    assert leaves(without(NODE, obj, field_set(NODE, obj))) == []


def leaves(value):
    if isinstance(value, dict | list):
        return [each for child in (value.values() if isinstance(value, dict) else value) for each in leaves(child)]
    return [] if value is None else [value]
