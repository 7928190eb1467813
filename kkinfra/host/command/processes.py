"""The process of a command: the first of a container of its own, or one more in a container that runs already."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.host.command import container
from kkinfra.host.command.leftovers import end_processes
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    import socket

    from kkinfra.host.command.request import HostCommand
    from kkinfra.host.engine import EngineContainer, HostEngine

_GRACE_SECONDS = 5
_KILLED = 137
_KEYS = "ctrl-^,ctrl-],ctrl-_,ctrl-^"
"""What detaches from a terminal: nobody types that, while the default, `ctrl-p,ctrl-q`, swallows each ctrl-p."""


@dataclass
class FreshProcess:
    """In a container of its own, which is removed at the end."""

    engine: HostEngine
    command: HostCommand
    made: EngineContainer | None = field(default=None, init=False)

    @property
    def _path(self) -> str:
        return f"/containers/{self.command.one_off}"

    def start(self) -> tuple[socket.socket, bytes]:
        """Its streams, and what it said already; raises HostError."""
        self.made = container.make(self.engine, self.command)
        query: dict[str, Any] = {"stream": 1, "stdin": 1, "stdout": 1, "stderr": 1, "detachKeys": _KEYS}
        stream, first = self.engine.attach(f"{self._path}/attach", **query)
        self.engine.ask("POST", f"{self._path}/start")
        return stream, first

    def resize(self, rows: int, columns: int) -> None:
        """Let its terminal have another size."""
        with suppress(HostError):
            self.engine.ask("POST", f"{self._path}/resize", h=rows, w=columns)

    def signal(self, name: str) -> None:
        """Send it a signal (`INT`)."""
        with suppress(HostError):
            self.engine.ask("POST", f"{self._path}/kill", signal=f"SIG{name}")

    def is_running(self) -> bool:
        """Whether it runs still."""
        return bool(self._state().get("Running"))

    def ended(self, _began: str) -> tuple[int, str]:
        """Its exit code, and why it is that one where the host knows."""
        state, made = self._state(), self.made
        why = ""
        if state.get("OOMKilled") and made is not None:
            limit = int(made.facts["HostConfig"].get("Memory") or 0) / 1_000_000
            why = f"the kernel killed a process of it: it needs more than its memory, {limit:.0f} MB"
        return int(state.get("ExitCode", _KILLED)), why

    def remove(self) -> None:
        """End it, where it runs still, and remove its container."""
        found = self.engine.container(self.command.one_off)
        if found is None:
            return
        if found.state.get("Running"):
            with suppress(HostError):
                self.engine.stop(found, _GRACE_SECONDS)
        self.engine.remove(found)

    def _state(self) -> dict[str, Any]:
        found = self.engine.container(self.command.one_off)
        return found.state if found else {}


@dataclass
class AttachedProcess:
    """In the container that serves, which stays; what the command started and left ends only with the connection."""

    engine: HostEngine
    command: HostCommand
    id: str = field(default="", init=False)

    def start(self) -> tuple[socket.socket, bytes]:
        """Its streams, and what it said already; raises HostError."""
        terminal = bool(self.command.terminal)
        document = {
            "Cmd": list(self.command.argv), "Env": container.variables(self.command), "Tty": terminal,
            "AttachStdin": True, "AttachStdout": True, "AttachStderr": True, "DetachKeys": _KEYS,
        }  # fmt: skip
        self.id = str(self.engine.send(f"/containers/{self.command.container}/exec", document)["Id"])
        return self.engine.attach(f"/exec/{self.id}/start", {"Detach": False, "Tty": terminal})

    def resize(self, rows: int, columns: int) -> None:
        """Let its terminal have another size."""
        with suppress(HostError):
            self.engine.ask("POST", f"/exec/{self.id}/resize", h=rows, w=columns)

    def signal(self, name: str) -> None:
        """Send it a signal (`INT`)."""
        pid = int(self._state().get("Pid") or 0)
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.Signals[f"SIG{name}"])

    def is_running(self) -> bool:
        """Whether it runs still."""
        return bool(self._state().get("Running"))

    def ended(self, began: str) -> tuple[int, str]:
        """Its exit code; a container that is replaced meanwhile ends it, too.

        Engines before 23.0 give 126 for one that is not there, and say which it is in place of what it would print.
        """
        code = self._state().get("ExitCode")
        if code is None:
            return _KILLED, "its container was removed meanwhile"
        is_engines_own = code == container.NOT_EXECUTABLE and began.startswith("OCI runtime exec failed")
        return (container.code_of(began) or code if is_engines_own else int(code)), ""

    def remove(self) -> None:
        """End it and all that it started, where it runs still."""
        if self.is_running():
            end_processes(self.command.name, _GRACE_SECONDS)

    def _state(self) -> dict[str, Any]:
        found, _ = self.engine.find(f"/exec/{self.id}/json") if self.id else (None, "")
        return dict(found) if found else {}
