"""Releases on the disk of a host: whole or not there, read again, compared, and removed."""

from __future__ import annotations

import hmac
import os

import pytest

from kkinfra.host import files, releases
from kkinfra.host.errors import HostError
from small_release import layout, manifest, sent, staged


@pytest.fixture
def place(tmp_path):
    found = layout(tmp_path / "srv")
    found.releases.mkdir(parents=True)
    return found


def left(place):
    return sorted(path.name for path in place.releases.iterdir())


def test_a_release_is_put_there_whole(place):
    made = staged(place, manifest(), sent())
    directory = place.release(made.id)
    assert (directory / "nginx/tls.conf").read_text() == "tls a"
    assert releases.load(place, made.id) == made
    assert releases.damaged(place, made) == []
    assert left(place) == [made.id]


def test_secrets_are_readable_to_their_reader_alone(place):
    before = os.umask(0o077)
    try:
        made = staged(place, manifest(), sent())
    finally:
        os.umask(before)
    directory = place.release(made.id) / "secrets"
    assert directory.stat().st_mode & 0o777 == 0o711, "readers pass through, and see nothing"
    assert (directory / "KEY").stat().st_mode & 0o777 == 0o400
    assert (directory / "KEY").read_bytes() == b"key of the product"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tree/nginx/tls.conf": b"tls b"}, "nginx/tls.conf did not arrive as it was sent; try again"),
        ({"tree/nginx/tls.conf": b""}, "nginx/tls.conf did not arrive as it was sent; try again"),
        ({"tree/compose.yaml": None}, "compose.yaml was not sent, though the release names it"),
        ({"secret/KEY": None}, "the secret KEY was not sent, though the release reads it"),
    ],
)
def test_what_did_not_arrive_whole_leaves_nothing_behind(place, changes, why):
    files_sent = {path: content for path, content in {**sent(), **changes}.items() if content is not None}
    with pytest.raises(HostError, match=why):
        staged(place, manifest(), files_sent)
    assert left(place) == []


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")])
def test_a_disk_that_takes_no_more_leaves_nothing_behind(place, monkeypatch, error):
    real, written = files.write, []

    def fail(path, *arguments):
        written.append(path)
        if len(written) > 3:
            raise error
        real(path, *arguments)

    monkeypatch.setattr(files, "write", fail)
    with pytest.raises(HostError, match=f"cannot be written to .*: {error.strerror}; "):
        staged(place, manifest(), sent())
    assert left(place) == []


def test_what_an_interrupted_upload_left_is_no_hindrance(place):
    made = manifest()
    (place.releases / f".{made.id}.partial" / "nginx").mkdir(parents=True)
    (place.releases / f".{made.id}.partial" / "left").write_text("")
    staged(place, made, sent())
    assert left(place) == [made.id]
    assert not (place.release(made.id) / "left").exists()


def test_a_release_that_is_half_there_is_none(place):
    made = staged(place, manifest(), sent())
    place.release("20261129T000000Z-half").mkdir()
    (place.releases / ".20261129T000000Z-part.partial").mkdir()
    assert releases.names(place) == [made.id]


@pytest.mark.parametrize("text", [None, "{", "{}"])
def test_a_release_that_cannot_be_read_is_told(place, text):
    made = staged(place, manifest(), sent())
    file = place.release(made.id) / "release.json"
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(HostError, match=r"there is no release|written by another version"):
        releases.load(place, made.id)


def test_the_release_that_serves_is_where_the_link_leads(place):
    assert releases.current(place) is None
    made = staged(place, manifest(), sent())
    files.link(place.current, f"releases/{made.id}")
    assert releases.current(place) == made


def test_every_file_that_was_changed_by_hand_is_found(place):
    made = staged(place, manifest(), sent())
    (place.release(made.id) / "compose.yaml").write_text("by hand")
    (place.release(made.id) / "nginx/http.conf").unlink()
    assert releases.damaged(place, made) == ["compose.yaml", "nginx/http.conf"]


def test_secrets_are_compared_by_marks_that_tell_nothing(place):
    made = staged(place, manifest(), sent())
    found = releases.marks(place, made.id, ["KEY", "OTHER"], b"k")
    assert found["KEY"] == hmac.new(b"k", b"key of the product", "sha256").hexdigest()
    assert found["OTHER"] == hmac.new(b"k", b"", "sha256").hexdigest()
    assert found["KEY"] != releases.marks(place, made.id, ["KEY"], b"another")["KEY"]


def test_what_must_not_be_told_is_known_longest_first(place):
    staged(place, manifest("a"), sent("a", key=b"short"))
    staged(place, manifest("b"), sent("b", key=b"short and longer"))
    assert releases.secret_values(place) == ["short and longer", "short"]


def test_what_must_not_be_told_is_known_of_releases_that_cannot_be_read(place):
    made = staged(place, manifest(), sent(key=b"of another version"))
    (place.release(made.id) / "release.json").write_text('{"format": 0}')
    assert releases.secret_values(place) == ["of another version"]


def test_old_releases_go_and_so_does_what_an_upload_left(place):
    made = [staged(place, manifest(each), sent(each)) for each in "abc"]
    (place.releases / ".20261129T000000Z-part.partial").mkdir()
    releases.prune(place, {made[1].id})
    assert left(place) == [made[1].id]


def test_names_are_in_the_order_of_time(place):
    for name in ("20261201T000000Z-a", "20251201T000000Z-z", "20261130T235959Z-b"):
        staged(place, manifest(name=name), sent())
    assert releases.names(place) == ["20251201T000000Z-z", "20261130T235959Z-b", "20261201T000000Z-a"]
