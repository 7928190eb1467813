"""Secrets in files that SOPS (https://getsops.io, from 3.9) encrypted, which its own program decrypts."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, cast

from kkinfra.errors import ProcessError
from kkinfra.secrets.sources.json_object import json_object
from kkinfra.secrets.sources.problem import Problem
from kkinfra.system.command import Command
from kkinfra.system.process import run

if TYPE_CHECKING:
    from kkinfra.system.process import Finished

_SECONDS = 60
_NO_METADATA = "sops metadata not found"
_UNREADABLE, _DAMAGED, _CHANGED, _NO_FILE, _NO_KEY = 2, 25, 51, 100, 128
"""Exit codes of SOPS (cmd/sops/codes/codes.go)."""

_LOCKED_FOR = re.compile(r"^  (\S+): FAILED$", re.MULTILINE)


class SopsFiles:
    """The SOPS files of a project, each decrypted once."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._decrypted: dict[str, dict[str, Any] | Problem] = {}

    def read(self, path: str, entry: str) -> bytes:
        """An entry at the top of a file; raises Problem."""
        if path not in self._decrypted:
            self._decrypted[path] = _decrypt(self._directory, path)
        entries = self._decrypted[path]
        if isinstance(entries, Problem):
            raise entries
        if entry not in entries:
            raise Problem(f"{path} has no entry {entry}; add it with `sops edit {path}`, or name another with `key`")
        if not isinstance(entries[entry], str):
            raise Problem(f"the entry {entry} of {path} is no text; put it into quotes with `sops edit {path}`")
        return cast("str", entries[entry]).encode()


def _decrypt(directory: str, path: str) -> dict[str, Any] | Problem:
    """All entries of a file, or why there are none."""
    command = Command(("sops", "decrypt", "--output-type", "json", path), directory)
    try:
        done = run(command, seconds=_SECONDS)
    except ProcessError as error:
        return Problem(f"{error} (https://getsops.io)")
    if done.code:
        return Problem(_why(command, path, done))
    entries = json_object(done.output)
    return Problem(f"`{command}` gives no JSON object; install SOPS 3.9 or newer") if entries is None else entries


def _why(command: Command, path: str, done: Finished) -> str:
    """What hindered SOPS, without its own words: they may quote a file that is not encrypted."""
    if done.code == _NO_KEY:
        locked_for = ", ".join(dict.fromkeys(_LOCKED_FOR.findall(done.errors))) or "other keys"
        remedy = "set SOPS_AGE_KEY_FILE to the file of your key (or log in to the key service), or be added to it"
        return f"no key here decrypts {path}, which is for {locked_for}; {remedy} (`sops updatekeys {path}`)"
    if done.code == _NO_FILE:
        return f"there is no file {path} in {command.directory}; make it with `sops edit {path}`, or correct the path"
    if done.code == _UNREADABLE:
        return f"{path} cannot be read; correct the path, or `sudo chown $USER {path}`"
    if done.code in (_DAMAGED, _CHANGED):
        remedy = f"take it from Git, and change it with `sops edit {path}`"
        return f"{path} was changed without SOPS, or is damaged; {remedy}"
    if _NO_METADATA in done.errors:
        return f"{path} is not encrypted; `sops encrypt --in-place {path}`, and take what it held for known to others"
    where = shlex.quote(command.directory)
    return f"`{command}` failed with exit code {done.code}; see why by running it yourself in {where}"
