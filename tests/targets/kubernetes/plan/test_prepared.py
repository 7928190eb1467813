"""What is prepared of an environment comes back from plain values as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.secrets.needs import Place, SecretNeeds
from kkinfra.targets.kubernetes.plan.desired import Desired
from kkinfra.targets.kubernetes.plan.prepared import Prepared

names = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)
manifests = st.dictionaries(names, values, max_size=4)
needs = st.builds(
    SecretNeeds, names, names, names, names, names, names, names, st.booleans(), st.lists(names).map(tuple),
    st.dictionaries(names, st.builds(Place, names, names, names), max_size=3),
)  # fmt: skip
prepared_ones = st.builds(
    Prepared, names, names, st.builds(Desired, names, names, names, st.lists(manifests, max_size=4).map(tuple)),
    needs, st.lists(names).map(tuple), names,
)  # fmt: skip


@given(prepared_ones)
def test_it_comes_back_as_it_was(prepared):
    facts = prepared.as_json()
    assert json.loads(json.dumps(facts)) == facts
    assert Prepared.read(json.loads(json.dumps(facts))) == prepared


@pytest.mark.parametrize("missing", ["name", "image", "desired", "secrets", "architectures", "tree"])
def test_damaged_values_are_seen(missing):
    needed = SecretNeeds("test", "shop", "shop-test", "x", "", "", "", is_delivered=False, needed=(), places={})
    facts = Prepared("test", "shop:1", Desired("shop", "test", "shop-test", ()), needed).as_json()
    del facts[missing]
    with pytest.raises(KeyError):
        Prepared.read(facts)
