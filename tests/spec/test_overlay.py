"""Merging layers, and where each merged value was written."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.spec.overlay import VARIANTS, Layer, merge, origin
from kkinfra.values.document import Steps

profile = settings(max_examples=80)

leaves = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["x", "y"]), st.lists(st.integers(0, 3), max_size=2),
                   st.just([{"a": None}, ["b"]]))  # fmt: skip
keys = st.sampled_from(["a", "b", "c"])


def mappings(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    variants = st.dictionaries(st.sampled_from(VARIANTS), st.sampled_from(["x", "y", None, 3, {"a": 1}]), max_size=1)
    return st.builds(lambda plain, variant: {**plain, **variant}, st.dictionaries(keys, inner, max_size=3), variants)


trees = mappings(st.recursive(leaves, mappings, max_leaves=8))
stacks = st.lists(trees, min_size=1, max_size=4).map(
    lambda values: [Layer(("layers", index), value) for index, value in enumerate(values)]
)


def paths(value: Any, path: Steps = ()) -> list[tuple[Steps, Any]]:
    found = [(path, value)]
    if isinstance(value, dict):
        found += [each for key, inner in value.items() for each in paths(inner, (*path, key))]
    if isinstance(value, list):
        found += [each for index, inner in enumerate(value) for each in paths(inner, (*path, index))]
    return found


def written_at(layers: list[Layer], place: Steps) -> Any:
    value: Any = {"layers": [layer.value for layer in layers]}
    for step in place:
        value = value[step]
    return value


@profile
@given(stacks)
def test_every_merged_value_is_at_its_origin(layers: list[Layer]) -> None:
    before = copy.deepcopy(layers)
    merged = merge(layers)
    assert layers == before
    for path, value in paths(merged):
        place, is_written = origin(layers, path)
        assert is_written
        assert place[2:] == path
        there = written_at(layers, place)
        if isinstance(value, dict):
            assert isinstance(there, dict)
        else:
            assert there == value


@profile
@given(stacks, st.lists(st.sampled_from(["a", "b", "c", "kind", 0, 1]), max_size=4).map(tuple))
def test_the_origin_of_anything_is_a_place_that_exists(layers: list[Layer], path: Steps) -> None:
    place, is_written = origin(layers, path)
    written_at(layers, place)
    assert place[2:] == path[: len(place) - 2]
    assert is_written == (len(place) - 2 == len(path))


@profile
@given(stacks)
def test_the_last_layer_wins_and_null_takes_away(layers: list[Layer]) -> None:
    merged = merge(layers)
    for key, value in layers[-1].value.items():
        if value is None:
            assert key not in merged
        elif not isinstance(value, dict):
            assert merged[key] == value
    assert all(value is not None for path, value in paths(merged) if all(isinstance(step, str) for step in path))


@profile
@given(trees, trees)
def test_merging_is_idempotent_and_empty_layers_do_nothing(one: dict[str, Any], other: dict[str, Any]) -> None:
    merged = merge([Layer((), one), Layer((), other)])
    assert merge([Layer((), {}), Layer((), one), Layer((), {}), Layer((), other), Layer((), {})]) == merged
    assert merge([Layer((), one), Layer((), other), Layer((), other)]) == merged


def merged(*values: dict[str, Any]) -> dict[str, Any]:
    return merge([Layer(("l", index), value) for index, value in enumerate(values)])


def test_mappings_merge_and_lists_are_replaced() -> None:
    assert merged({"a": {"b": 1, "c": [1, 2]}}, {"a": {"c": [3], "d": 4}}) == {"a": {"b": 1, "c": [3], "d": 4}}


def test_null_takes_away_and_a_later_layer_starts_anew() -> None:
    assert merged({"a": {"b": 1}}, {"a": None}) == {}
    assert merged({"a": {"b": 1}}, {"a": None}, {"a": {"c": 2}}) == {"a": {"c": 2}}
    assert merged({"a": {"b": 1, "c": None}}) == {"a": {"b": 1}}


def test_another_variant_replaces_what_was_said_of_the_first() -> None:
    rds = {"on": "rds", "endpoint": "e"}
    assert merged({"p": {"version": "15"}}, {"p": rds}, {"p": {"on": "statefulset", "storage": "1GiB"}}) == {
        "p": {"version": "15", "on": "statefulset", "storage": "1GiB"}
    }
    assert merged({"p": rds}, {"p": {"on": "rds", "endpoint": "f"}}) == {"p": {"on": "rds", "endpoint": "f"}}
    assert merged({"p": rds}, {"p": {"endpoint": "f"}}) == {"p": {"on": "rds", "endpoint": "f"}}


def test_a_variant_that_is_no_text_is_not_lost() -> None:
    assert merged({"p": {"kind": "compose", "a": 1}}, {"p": {"kind": 3, "b": 2}}) == {"p": {"kind": 3, "b": 2}}
    assert merged({"p": {"kind": "compose", "a": 1}}, {"p": {"kind": None, "b": 2}}) == {"p": {"a": 1, "b": 2}}


def test_the_origin_of_what_is_missing_is_what_is_around_it() -> None:
    layers = [Layer((), {"a": {"b": 1}}), Layer(("e", "x"), {"a": {"c": 2}, "d": None})]
    assert origin(layers, ("a", "b")) == (("a", "b"), True)
    assert origin(layers, ("a", "c")) == (("e", "x", "a", "c"), True)
    assert origin(layers, ("a", "z")) == (("e", "x", "a"), False)
    assert origin(layers, ("d",)) == (("e", "x", "d"), True)
    assert origin(layers, ("z", "y")) == (("e", "x"), False)
