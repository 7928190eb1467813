"""Entry points are read once, remembered from run to run, and never wrong."""

from __future__ import annotations

import json

import pytest

from kkinfra.system import entry_points
from kkinfra.system.entry_points import names_of, one_loaded

GROUP = "kkinfra.test"


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """An installed wheel with two plug-ins, one of which lies deeper in its module."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    metadata = tmp_path / "site/shop_things-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shop-things\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        f"[{GROUP}]\none = shop_things:One\ndeep = shop_things:Outer.Inner [x]\n"
    )
    (tmp_path / "site/shop_things.py").write_text("class One: pass\nclass Outer:\n    class Inner: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    entry_points._points_on.cache_clear()
    yield tmp_path
    entry_points._points_on.cache_clear()


def found():
    return {name: one_loaded(GROUP, name, "thing", ValueError) for name in names_of(GROUP)}


def test_what_is_remembered_is_what_was_read(wheel, monkeypatch):
    first = found()
    assert {name: (place, made.__qualname__) for name, (place, made) in first.items()} == {
        "deep": ("shop_things:Outer.Inner [x] of shop-things 1.0", "Outer.Inner"),
        "one": ("shop_things:One of shop-things 1.0", "One"),
    }
    entry_points._points_on.cache_clear()
    monkeypatch.setattr(entry_points, "_read", None)
    assert found() == first


def test_a_plug_in_that_comes_is_found(wheel):
    assert names_of(GROUP) == ["deep", "one"]
    other = wheel / "site/another-1.0.dist-info"
    other.mkdir()
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (other / "entry_points.txt").write_text(f"[{GROUP}]\ntwo = shop_things:One\n")
    entry_points._points_on.cache_clear()
    assert names_of(GROUP) == ["deep", "one", "two"]


@pytest.mark.parametrize("said", ["no JSON", "[1]", json.dumps({GROUP: [["one"]]}), json.dumps({GROUP: 7})])
def test_a_damaged_file_is_read_anew(wheel, monkeypatch, said):
    before = found()
    monkeypatch.setattr(entry_points, "remembered_of_installed", lambda _: said)
    entry_points._points_on.cache_clear()
    assert found() == before
