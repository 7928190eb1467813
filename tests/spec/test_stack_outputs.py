"""The file of outputs: what is written is what is read, whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.errors import OutputError, SpecError
from kkinfra.spec.stack_outputs import StackOutputs, read_outputs, write_outputs
from outputs_of_production import TOLD

TEXTS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40)
OUTPUTS = st.dictionaries(st.from_regex(r"[A-Za-z0-9]{1,40}", fullmatch=True), TEXTS)
REMEDY = "; restore it from Git, or remove it and run `kkinfra provision`"


@settings(max_examples=60)
@given(st.builds(StackOutputs, TEXTS, TEXTS, TEXTS, OUTPUTS))
def test_what_is_written_is_what_is_read(tmp_path_factory, said):
    path = tmp_path_factory.mktemp("outputs") / "production.outputs.yaml"
    assert write_outputs(path, "production", said)
    assert read_outputs(path).said == said


def test_the_order_of_outputs_does_not_count(told):
    before = told.read_bytes()
    assert not write_outputs(told, "production", replace(TOLD, outputs=dict(reversed(TOLD.outputs.items()))))
    assert told.read_bytes() == before
    assert before.startswith(b"# Written by `kkinfra provision production`: ")


def test_a_change_replaces_the_file_and_leaves_nothing_beside_it(told):
    assert write_outputs(told, "production", replace(TOLD, outputs={"Address": "203.0.113.8"}))
    assert read_outputs(told).said.outputs == {"Address": "203.0.113.8"}
    assert sorted(path.name for path in told.parent.iterdir()) == ["environments.yaml", "production.outputs.yaml"]


def test_a_file_that_cannot_be_written_stays_as_it_was(told, monkeypatch):
    before = told.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"production.outputs.yaml cannot be written: No space left on device"):
        write_outputs(told, "production", replace(TOLD, outputs={}))
    assert told.read_bytes() == before
    assert len(list(told.parent.iterdir())) == 2


def test_there_is_no_file(spec):
    assert read_outputs(spec.with_name("production.outputs.yaml")) is None


GOOD = 'account: "1"\nregion: a\nstack: b\noutputs: {Address: c}\n'


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('"1"', "1", ":1:10 account: 1 is no text"),
        ("region: a", "# none", ":1:1 region: is missing"),
        ("region: a", "region: a\nzone: b", ":3:7 zone: is not a key here"),
        ("{Address: c}", "x", ":4:10 outputs: 'x' is no mapping"),
        ("Address: c", "Address: [1]", ":4:20 outputs.Address: a list is no text"),
        ("Address: c", "Address: ~", ":4:20 outputs.Address: null is no text"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(told, old, new, expected):
    assert GOOD.count(old) == 1
    told.write_text(GOOD.replace(old, new))
    with pytest.raises(SpecError) as raised:
        read_outputs(told)
    assert str(raised.value) == f"{told}{expected}{REMEDY}"


def test_a_file_that_is_no_mapping(told):
    told.write_text("- 1\n")
    with pytest.raises(SpecError, match=r"production.outputs.yaml:1:1: is no file of outputs; restore"):
        read_outputs(told)
