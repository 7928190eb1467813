"""What a target made of an environment is remembered as it was, or not at all."""

from __future__ import annotations

import stat
import time
from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout import SPEC_FILE
from kkinfra.system import cache
from kkinfra.targets.protocol import wanted
from kkinfra.targets.protocol.wanted import Wanted

names = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """A copy of the project's specification, and a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "environments.yaml"
    path.write_text(SPEC_FILE.read_text(encoding="utf-8"))
    return str(path)


@pytest.fixture
def opened(monkeypatch):
    """How often a specification was opened since."""
    found, before = [], wanted.opened
    monkeypatch.setattr(wanted, "opened", lambda path: found.append(path) or before(path))
    return found


def kept(spec, made, name="alpha"):
    """Made once, and kept."""
    return Wanted(spec, name).prepared(lambda *_: made)


def recalled(spec, name="alpha"):
    """What is remembered, and None where it is made again."""
    return Wanted(spec, name).prepared(lambda *_: None)


def kept_file(tmp_path):
    """Where it is kept, beside what is known of all that is installed."""
    (path,) = [each for each in (tmp_path / "cache/kkinfra").iterdir() if '"prepared"' in each.read_text()]
    return path


def test_it_is_made_of_the_environment_and_its_files_once(spec, opened):
    def make(environment, tree):
        return {"name": str(environment.name), "files": list(tree.paths())[:1]}

    first = Wanted(spec, "alpha").prepared(make)
    again = Wanted(spec, "alpha")
    assert again.prepared(make) == first == {"name": "alpha", "files": ["access/argocd-role-binding.yaml"]}
    assert (again.by, len(opened)) == ("gitops", 1)


@given(st.dictionaries(names, values, max_size=4))
def test_it_comes_back_as_it_was(made):
    """Kept beside a specification that cannot be read, since nothing of it is asked."""
    files: dict[str, str] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "remembered", lambda _, about: files.get(about))
        patch.setattr(cache, "remember", lambda _, about, _from, _packages, text: files.update({about: text}))
        first = Wanted("x", "alpha", given=SimpleNamespace(rendered_from="", packages=[]))
        vars(first).update(environment=SimpleNamespace(delivery=SimpleNamespace(by="apply")), tree=None)
        assert first.prepared(lambda *_: made) == made
        again = Wanted("x", "alpha")
        assert (again.prepared(lambda *_: None), again.by) == (made, "apply")


@pytest.mark.parametrize("odd", [date(2026, 11, 26), {1: "a"}, ("a",), {"a"}, float("nan"), b"x"])
def test_what_json_would_change_is_not_remembered(spec, odd):
    assert kept(spec, {"odd": odd}) == {"odd": odd} or odd != odd  # noqa: PLR0124 - which is not a number
    assert recalled(spec) is None


def test_nothing_is_known_of_another_environment_or_specification(spec, tmp_path):
    kept(spec, {"a": 1})
    other = tmp_path / "other.yaml"
    other.write_text(SPEC_FILE.read_text(encoding="utf-8"))
    assert (recalled(spec, "production"), recalled(str(other))) == (None, None)
    assert recalled(spec) == {"a": 1}


def test_it_is_forgotten_with_a_change_of_what_went_into_it(spec, tmp_path):
    kept(spec, {"a": 1})
    with (tmp_path / "environments.yaml").open("a") as stream:
        stream.write("# more\n")
    assert recalled(spec) is None


def test_warnings_hold_for_the_day_that_they_were_asked_for(spec, opened, monkeypatch):
    first = Wanted(spec, "alpha")
    first.prepared(lambda *_: {})
    told = first.warnings()
    assert (Wanted(spec, "alpha").warnings(), len(opened)) == (told, 1)
    later = time.struct_time((2031, 1, 1, 0, 0, 0, 2, 1, 0))
    monkeypatch.setattr(wanted, "time", SimpleNamespace(strftime=time.strftime, gmtime=lambda: later))
    assert (Wanted(spec, "alpha").warnings(), len(opened)) == (told, 2)


def test_another_image_is_neither_remembered_nor_recalled(spec, opened):
    kept(spec, {"a": 1})
    other = Wanted(spec, "alpha", "ghcr.io/example/kkambbaki:2.0.0")
    assert other.prepared(lambda environment, _: {"image": str(environment.image)}) == {
        "image": "ghcr.io/example/kkambbaki:2.0.0"
    }
    assert (recalled(spec), len(opened)) == ({"a": 1}, 2)


@pytest.mark.parametrize("damage", [lambda text: text[:-9], lambda text: text.replace('"prepared"', '"other"')])
def test_a_damaged_file_costs_a_render_and_nothing_else(spec, tmp_path, damage):
    kept(spec, {"a": "b" * 20})
    path = kept_file(tmp_path)
    path.write_text(damage(path.read_text()))
    assert recalled(spec) is None


def test_nobody_else_reads_it(spec, tmp_path):
    kept(spec, {"a": 1})
    path = kept_file(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_directory_that_cannot_be_written_costs_a_render_each_time(spec, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    kept(spec, {"a": 1})
    assert recalled(spec) is None
    assert (tmp_path / "file").read_text() == ""
