"""A project whose secrets come from wherever a test says, and the command over it."""

from __future__ import annotations

import json

import pytest

from answering_aws import own_settings
from checkout import SPEC_FILE
from in_process import kkinfra  # noqa: F401 - a fixture
from kkinfra.errors import SecretError
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.secrets.sources import read_secrets

SPEC = SPEC_FILE.read_text(encoding="utf-8")
LOGIN = json.dumps({"auths": {"ghcr.io": {"username": "somebody", "password": "tokenoftheregistry"}}})
HELD = {
    "DJANGO_SECRET_KEY": "key-of-django",
    "POSTGRES_PASSWORD": "password-of-postgres",
    "FLOWER_BASIC_AUTH": "user:password-of-flower",
    "REGISTRY_DOCKERCONFIG": LOGIN,
}
SOURCE = "POSTGRES_PASSWORD:     {env: POSTGRES_PASSWORD}"
"""What a test replaces in the specification by another source."""


class Project:
    """The present directory, with the real specification."""

    def __init__(self, path):
        self.path = path
        self.spec = path / "spec/environments.yaml"

    def write(self, name, content, mode=0o600):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        file.chmod(mode)
        return file

    def comes_from(self, source):
        """POSTGRES_PASSWORD comes from this source, and nothing else."""
        text = self.spec.read_text()
        assert text.count(SOURCE) == 1
        self.spec.write_text(text.replace(SOURCE, f"POSTGRES_PASSWORD: {source}"))

    def environment(self, name="production"):
        return resolve(open_spec(self.spec), name)

    def read(self, environment="production", names=None):
        found = read_secrets(self.environment(environment), str(self.path), names)
        return {name: secret.reveal() for name, secret in found.items()}

    def password(self):
        return self.read(names=["POSTGRES_PASSWORD"])["POSTGRES_PASSWORD"]

    def problem(self, name="POSTGRES_PASSWORD"):
        """The one thing that is wrong."""
        with pytest.raises(SecretError) as raised:
            self.read(names=[name])
        ((told, problem),) = raised.value.missing
        assert told == name
        return problem


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch, tmp_path_factory):
    """Whoever runs the tests may have keys and settings of their own."""
    for name in ("KKINFRA_SPEC", "SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY_CMD", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_CONFIG_HOME", home)


@pytest.fixture
def aws_settings(monkeypatch, tmp_path):
    """AWS's own settings are those of the test; no instance is asked for credentials, and no retry waits."""
    own_settings(monkeypatch, tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3ntinel")
    monkeypatch.setattr("random.random", lambda: 0)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, value in HELD.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "spec").mkdir()
    (tmp_path / "noxfile.py").write_text("")
    made = Project(tmp_path)
    made.spec.write_text(SPEC)
    return made
