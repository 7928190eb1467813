"""What holds for all tests of what runs on a host, wherever they run."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def owners(monkeypatch):
    """Only root may give files away, as on a host; anybody else keeps them here."""
    if os.getuid():
        monkeypatch.setattr(os, "fchown", lambda *_: None)
