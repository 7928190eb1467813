"""The host tells which copies of a release's files were edited: units of systemd, and what Nginx starts with."""

from __future__ import annotations

import pytest

from kkinfra.host import units
from kkinfra.host.call import Call
from kkinfra.host.layout import Layout
from kkinfra.host.observe import _edited
from real_release import release

RELEASE = release()
UNIT = next(path for path in RELEASE.files if path.endswith("recover.service"))


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """Everything as a deploy leaves it, at the stage `tls`."""
    found = Layout(tmp_path / "srv", RELEASE.manifest.namespace)
    found.nginx.mkdir(parents=True)
    (found.nginx / "served.conf").write_text(RELEASE.files["nginx/tls.conf"])
    (tmp_path / "systemd").mkdir()
    monkeypatch.setattr(units, "DIRECTORY", tmp_path / "systemd")
    for path, text in RELEASE.files.items():
        if path.startswith("systemd/"):
            (tmp_path / path).write_text(text)
    return found


def edited(layout):
    return _edited(Call("observe", layout, {"fields": True}), RELEASE.manifest, "tls")


def test_nothing_is_edited_after_a_deploy(layout):
    assert edited(layout) == {}


def test_what_was_edited_is_told_with_its_text(layout, tmp_path):
    (layout.nginx / "served.conf").write_text("# mine\n")
    assert edited(layout) == {str(layout.nginx / "served.conf"): {"file": "nginx/tls.conf", "text": "# mine\n"}}
    (tmp_path / UNIT).unlink()
    assert edited(layout)[str(tmp_path / UNIT)] == {"file": UNIT, "text": ""}
