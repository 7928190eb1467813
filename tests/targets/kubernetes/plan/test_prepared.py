"""What is remembered of a render comes back as it was, or not at all."""

from __future__ import annotations

import stat
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kkinfra.secrets.needs import Place, SecretNeeds
from kkinfra.system import cache
from kkinfra.targets.kubernetes.plan import prepared
from kkinfra.targets.kubernetes.plan.desired import Desired
from kkinfra.targets.kubernetes.plan.prepared import Prepared, keep, recall

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
    Prepared, st.just("test"), names, names,
    st.builds(Desired, names, names, names, st.lists(manifests, max_size=4).map(tuple)), needs, names,
    st.lists(names).map(tuple),
)  # fmt: skip


@pytest.fixture
def spec(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "environments.yaml"
    path.write_text("a: 1\n")
    return str(path)


def kept(spec, prepared):
    keep(spec, prepared, cache.inputs(spec, []), [])


def with_objects(*objects):
    needed = SecretNeeds(
        "test", "shop", "shop-test", "environments.yaml", "", "", "", is_delivered=False, needed=(), places={}
    )
    return Prepared("test", "apply", "shop:1", Desired("shop", "test", "shop-test", objects), needed, "2026-11-26")


@given(prepared_ones)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_it_comes_back_as_it_was(spec, prepared):
    kept(spec, prepared)
    assert recall(spec, "test") == prepared


@pytest.mark.parametrize("odd", [date(2026, 11, 26), {1: "a"}, ("a",), {"a"}, float("nan"), b"x"])
def test_what_json_would_change_is_not_remembered(spec, odd):
    kept(spec, with_objects({"odd": odd}))
    assert recall(spec, "test") is None


def test_nothing_is_known_of_another_environment_or_specification(spec, tmp_path):
    kept(spec, with_objects({"kind": "ConfigMap"}))
    (tmp_path / "other.yaml").write_text("a: 1\n")
    assert (recall(spec, "other"), recall(str(tmp_path / "other.yaml"), "test")) == (None, None)


def test_it_is_forgotten_with_a_change_of_what_went_into_it(spec, tmp_path):
    kept(spec, with_objects({"kind": "ConfigMap"}))
    (tmp_path / "environments.yaml").write_text("a: 2\n")
    assert recall(spec, "test") is None


def test_it_holds_for_the_day_that_it_was_proven_for(spec):
    kept(spec, with_objects())
    assert recall(spec, "test", "2026-11-26") == recall(spec, "test") == with_objects()
    assert recall(spec, "test", "2026-11-27") is None


def test_today_is_written_as_the_proofs_write_it():
    assert len(prepared.today()) == len("2026-11-26")
    assert date.fromisoformat(prepared.today())


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: text.replace('"desired"', '"wanted"')])
def test_a_damaged_file_costs_a_render_and_nothing_else(spec, tmp_path, damage):
    kept(spec, with_objects())
    (path,) = (tmp_path / "cache/kkinfra").iterdir()
    path.write_text(damage(path.read_text()))
    assert recall(spec, "test") is None


def test_nobody_else_reads_it(spec, tmp_path):
    kept(spec, with_objects())
    (path,) = (tmp_path / "cache/kkinfra").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_directory_that_cannot_be_written_costs_a_render_each_time(spec, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    kept(spec, with_objects())
    assert recall(spec, "test") is None
    assert Path(tmp_path / "file").read_text() == ""
