from __future__ import annotations

import json
import os

import pytest

from kkinfra.errors import OutputError, RendererError
from kkinfra.rendering.artifacts import Artifact, ArtifactTree
from kkinfra.rendering.writing import INVENTORY, compare, read_inventory, write


def tree(**files: str) -> ArtifactTree:
    return ArtifactTree(Artifact(path.replace("__", "/"), content) for path, content in files.items())


def on_disk(directory):
    return {path.relative_to(directory).as_posix() for path in directory.rglob("*") if path.is_file()} - {INVENTORY}


def test_a_tree_is_written_with_its_modes_and_an_inventory(tmp_path):
    write(ArtifactTree([Artifact("a/run.sh", "#!/bin/sh\n", 0o755), Artifact("b", "text\n")]), tmp_path / "new")
    assert (tmp_path / "new/a/run.sh").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "new/b").read_text() == "text\n"
    assert set(read_inventory(tmp_path / "new")) == {"a/run.sh", "b"}


def test_what_is_not_rendered_any_more_is_removed_with_its_empty_directory(tmp_path):
    write(tree(a__b__c="1", d="2"), tmp_path)
    found = write(tree(d="2"), tmp_path)
    assert found.obsolete == ("a/b/c",)
    assert on_disk(tmp_path) == {"d"}
    assert not (tmp_path / "a").exists()


def test_strangers_are_left_alone_and_named(tmp_path):
    write(tree(a__x="1"), tmp_path)
    (tmp_path / "a" / "notes.txt").write_text("mine")
    found = write(tree(b="1"), tmp_path)
    assert found.strangers == ("a/notes.txt",)
    assert (tmp_path / "a/notes.txt").read_text() == "mine"


def test_an_obsolete_file_that_was_edited_by_hand_stays(tmp_path):
    write(tree(a="1", b="1"), tmp_path)
    (tmp_path / "a").write_text("edited")
    found = write(tree(b="1"), tmp_path)
    assert found.edited == ("a",)
    assert (tmp_path / "a").read_text() == "edited"


def test_a_strangers_file_in_the_way_stops_before_anything_is_written(tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(OutputError, match="b was not written by kkinfra"):
        write(tree(a="1", b="2"), tmp_path)
    assert on_disk(tmp_path) == {"b"}


def test_the_same_content_is_adopted(tmp_path):
    (tmp_path / "a").write_text("1")
    assert write(tree(a="1"), tmp_path).in_sync
    assert set(read_inventory(tmp_path)) == {"a"}


def test_a_run_that_was_killed_half_way_converges(tmp_path, monkeypatch):
    write(tree(a="1"), tmp_path)
    replace = os.replace

    def killed(source, target):
        if str(target).endswith("/c"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write(tree(b="2", c="3"), tmp_path)
    monkeypatch.undo()
    assert write(tree(b="2"), tmp_path).strangers == ()
    assert on_disk(tmp_path) == {"b"}


def test_every_moment_of_a_change_shows_the_old_or_the_new_file(tmp_path, monkeypatch):
    write(tree(a="old"), tmp_path)
    seen = []
    replace = os.replace
    monkeypatch.setattr(
        os, "replace", lambda source, target: (seen.append((tmp_path / "a").read_text()), replace(source, target))
    )
    write(tree(a="new"), tmp_path)
    assert set(seen) <= {"old", "new"}
    assert seen[0] == "old"


def test_nothing_is_written_through_a_symbolic_link(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a").symlink_to(outside)
    with pytest.raises(OutputError, match="symbolic link"):
        write(tree(a__b="1"), tmp_path / "out")
    assert list(outside.iterdir()) == []


def test_a_directory_where_a_file_belongs_is_told(tmp_path):
    (tmp_path / "a").mkdir()
    with pytest.raises(OutputError, match="a"):
        write(tree(a="1"), tmp_path)


def test_a_broken_inventory_is_told(tmp_path):
    (tmp_path / INVENTORY).write_text("{}")
    with pytest.raises(OutputError, match="not an inventory"):
        compare(tree(a="1"), tmp_path)


def test_an_inventory_cannot_lead_outside(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("1")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / INVENTORY).write_text(json.dumps({"files": {"../victim": "0" * 64}}))
    write(tree(a="1"), tmp_path / "out")
    assert victim.exists()


def test_compare_writes_nothing(tmp_path):
    found = compare(tree(a="1"), tmp_path / "new")
    assert found.added == ("a",)
    assert not found.in_sync
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", ["/etc/x", "../x", "a/../x", "a//b", "", ".", "a\\b", "a\nb", "a/"])
def test_a_path_outside_the_tree_is_refused(path):
    with pytest.raises(RendererError, match="not a path"):
        ArtifactTree([Artifact(path, "")])


def test_two_artifacts_for_one_path_are_refused():
    with pytest.raises(RendererError, match="two artifacts"):
        ArtifactTree([Artifact("a", "1"), Artifact("a", "2")])
    with pytest.raises(RendererError, match="both a file and the directory"):
        ArtifactTree([Artifact("a", "1"), Artifact("a/b", "2")])


def test_an_interrupted_first_render_owns_what_it_wrote(tmp_path, monkeypatch):
    replace = os.replace

    def killed(source, target):
        if str(target).endswith("/b"):
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write(tree(a="1", b="1"), tmp_path)
    monkeypatch.undo()
    write(tree(a="2", b="2"), tmp_path)
    assert (tmp_path / "a").read_text() == "2"


def test_a_file_may_become_a_directory_and_back(tmp_path):
    write(tree(a="1"), tmp_path)
    write(tree(a__b="1"), tmp_path)
    assert on_disk(tmp_path) == {"a/b"}
    write(tree(a="1"), tmp_path)
    assert on_disk(tmp_path) == {"a"}


@pytest.mark.parametrize("stranger", ["a/b/theirs", "a"])
def test_a_strangers_directory_or_file_in_the_way_stops_before_anything_is_written(tmp_path, stranger):
    (tmp_path / stranger).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / stranger).write_text("mine")
    with pytest.raises(OutputError, match="in the way"):
        write(tree(a__b="1", c="1"), tmp_path)
    assert on_disk(tmp_path) == {stranger}


def test_an_output_directory_below_a_file_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file; choose another --out"):
        compare(tree(a="1"), tmp_path / "file" / "alpha")
