"""Proofs of anyone's, registered as the built-in ones are."""

from __future__ import annotations

import sys

import pytest

from kkinfra.errors import ProofError
from kkinfra.proving.installed import load_proofs


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Makes a distribution with a module and entry points of `kkinfra.proofs` importable."""

    def installing(code, *points, distribution="theirs"):
        monkeypatch.delitem(sys.modules, f"{distribution}_proofs", raising=False)
        (tmp_path / f"{distribution}_proofs.py").write_text(code)
        metadata = tmp_path / f"{distribution}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1\n")
        lines = "".join(f"{name} = {distribution}_proofs:{what}\n" for name, what in points)
        (metadata / "entry_points.txt").write_text(f"[kkinfra.proofs]\n{lines}")
        monkeypatch.syspath_prepend(tmp_path)

    return installing


GOOD = "class Good:\n    rules = {}\n    def prove(self, environment, tree):\n        return ()\n"


def test_built_in_ones_and_others(install):
    install(GOOD, ("theirs", "Good"))
    names = list(load_proofs())
    assert names == sorted(names)
    assert {"capacity", "connections", "cost", "exposure", "parity", "ports", "queue", "theirs"} <= set(names)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("raise OSError('no disk')", "the proof 'broken' (broken_proofs:Good of broken 1) cannot be loaded: no disk"),
        (
            "",
            "the proof 'broken' (broken_proofs:Good of broken 1) cannot be loaded: module 'broken_proofs' has no",
        ),
        (
            "class Good: rules = {}",
            "the proof 'broken' (broken_proofs:Good of broken 1) is none: it needs rules, and prove or compare",
        ),
        (
            "def Good(): return None",
            "the proof 'broken' (broken_proofs:Good of broken 1) is none: it needs rules, and prove or",
        ),
    ],
)
def test_one_that_is_broken_is_named(install, code, told):
    install(code, ("broken", "Good"), distribution="broken")
    with pytest.raises(ProofError) as raised:
        load_proofs()
    assert str(raised.value).startswith(told)


def test_two_of_one_name_are_refused(install):
    install(GOOD, ("capacity", "Good"), distribution="second")
    with pytest.raises(
        ProofError,
        match=r"register a proof called 'capacity': kkinfra 0\.1\.0 and second 1; remove one",
    ):
        load_proofs()
