"""The process that tends a command, from its beginning to its end, and removes all that it made."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from kkinfra.host import files, releases
from kkinfra.host.command import frames, request
from kkinfra.host.command.container import code_of
from kkinfra.host.command.conversation import Conversation
from kkinfra.host.command.processes import AttachedProcess, FreshProcess
from kkinfra.host.command.told import tell_end
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import CancelledError, HostError
from kkinfra.host.masking import masking

if TYPE_CHECKING:
    from kkinfra.host.command.request import HostCommand
    from kkinfra.host.layout import Layout

_ENDS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


def perform(layout: Layout, name: str) -> int:
    """Run a command that was asked for, until it ends or nobody is there for it any more; returns an exit code."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    for number in _ENDS:
        signal.signal(number, _end)
    command = replace(request.load(layout, name), runner=request.this_process())
    return _Tending(command, HostEngine()).through()


def _end(number: int, _frame: object) -> None:
    raise CancelledError(f"it was ended on the host by {signal.Signals(number).name}")


@dataclass
class _Tending:
    command: HostCommand
    engine: HostEngine
    talk: Conversation | None = field(default=None, init=False)
    code: int | None = field(default=None, init=False)
    why: str = field(default="", init=False)
    error: str = field(default="", init=False)

    def through(self) -> int:
        """From its beginning to its end; the deployer hears of the end once nothing is left."""
        kind = AttachedProcess if self.command.container else FreshProcess
        process = kind(self.engine, self.command)
        try:
            self.command.keep()
            self._run(process)
        except CancelledError as error:
            self.why = str(error)
        except Exception as error:  # noqa: BLE001 - the deployer must hear of it
            self._failed(error)
        for number in _ENDS:
            signal.signal(number, signal.SIG_IGN)
        self._clean_up(process)
        self._tell()
        return 0

    def _run(self, process: FreshProcess | AttachedProcess) -> None:
        stream, first = process.start()
        process.resize(self.command.rows, self.command.columns)
        self.talk = Conversation(
            sys.stdin.fileno(), sys.stdout.fileno(), stream, process, releases.secret_values(self.command.layout),
            bool(self.command.terminal), first,
        )  # fmt: skip
        if self.talk.hold():
            self.code, self.why = process.ended(self.talk.began.decode(errors="replace"))
        else:
            self.why = f"{self.talk.why_lost}, so it was ended"

    def _failed(self, error: Exception) -> None:
        said = masking(releases.secret_values(self.command.layout))(_said(error))
        self.code = code_of(said) if isinstance(error, HostError) else None
        self.why = said
        if self.code is None:
            self.error = said

    def _clean_up(self, process: FreshProcess | AttachedProcess) -> None:
        if self.talk is not None:  # the engine waits for whoever does not read, and answers nobody meanwhile
            self.talk.stream.close()
        try:
            process.remove()
            self.command.forget()
        except (HostError, OSError) as error:  # the next call, deploy or boot removes it
            self.why = f"{self.why}; {_said(error)}" if self.why else _said(error)

    def _tell(self) -> None:
        code = [f"exit code {self.code}"] if self.code else []
        result = "ended" if self.code == 0 else "failed"
        tell_end(self.command.layout, self.command, result, ": ".join([*code, *([self.why] if self.why else [])]))
        last = frames.end(code=self.code, why=self.why, error=self.error)
        if self.talk is not None:
            self.talk.tell(last)
        else:
            with suppress(OSError):
                sys.stdout.buffer.write(last)
                sys.stdout.buffer.flush()


def _said(error: BaseException) -> str:
    if isinstance(error, OSError):
        return f"{error}; {files.remedy(error)}"
    return str(error) if isinstance(error, HostError) else repr(error)
