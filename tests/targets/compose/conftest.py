"""A host with Compose, and the command that asks it."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

import live_project
from kkinfra.cli.main import main
from kkinfra.host.layout import Layout
from kkinfra.targets.compose.client.host import Host
from local_ssh import stand_in


@pytest.fixture(autouse=True)
def owners(monkeypatch):
    """Only root may give files away, as on a host; anybody else keeps them here."""
    if os.getuid():
        monkeypatch.setattr(os, "fchown", lambda *_: None)


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """Where the releases of the environment `live` are on a host, which is this machine."""
    live_project.enter(tmp_path, monkeypatch)
    spec = tmp_path / "spec/environments.yaml"
    directory = tmp_path / "srv"
    text = spec.read_text().replace("directory: /srv/kkambbaki", f"directory: {directory}")
    spec.write_text(text.replace("user: deploy", "user: root"))
    stand_in(tmp_path, monkeypatch)
    directory.mkdir()
    return Layout(directory, "kkambbaki-live")


@pytest.fixture
def kkinfra(capsys):
    """The command: its exit code, its output, and its errors."""

    def call(*arguments):
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def answers(layout, monkeypatch):
    """What the host answers to each verb, in place of doing it, and events on the way (`heard`); `asked` fills up."""
    said = SimpleNamespace(answers={}, heard={}, asked=[])

    def call(host, verb, arguments, files=None, *, seconds=0, heard=None):
        said.asked.append((verb, arguments))
        for event in said.heard.get(verb, ()):
            heard(event)
        return said.answers[verb]

    monkeypatch.setattr(Host, "call", call)
    return said
