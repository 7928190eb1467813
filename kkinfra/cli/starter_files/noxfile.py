# /// script
# requires-python = ">=3.11"
# dependencies = ["nox", "kkinfra[docker,nox]"]
# ///
"""`nox -l` lists a session for each verb and environment of spec/environments.yaml."""

from kkinfra import sessions

sessions.register()
