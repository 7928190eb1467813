"""The verb `run` on a host: a command beside what serves, with the caller's own streams."""

from __future__ import annotations

import os
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from kkinfra.errors import ConnectionFailedError, HostError
from kkinfra.system import process, terminal
from kkinfra.system.deployer import new_run, who
from kkinfra.targets.compose.client.talking import Talk

if TYPE_CHECKING:
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.compose.session import HostSession
    from kkinfra.targets.protocol.command import CommandRequest, Streams

_TERM = "xterm"


def run(session: HostSession, asked: CommandRequest, streams: Streams) -> int:
    """Run it to its end; returns its exit code. Raises HostError where it cannot run, or did not come to an end."""
    host = session.host
    if os.isatty(streams.stderr):  # where it is read by a program, that is the command's own
        session.telling(f"starting `{asked.argv[0]}` on the host of {session.environment.domain}")
    found: dict[str, Any] = host.call("prepare_command", _request(asked, streams))
    session.telling.pause()
    with (
        process.piped(host.connection.remote(*found["argv"])) as started,
        terminal.raw(streams.stdin) if asked.terminal else nullcontext(),
    ):
        talk = Talk(started, streams, with_terminal=asked.terminal)
        talk.hold()
    return _code(host, talk, streams)


def _request(asked: CommandRequest, streams: Streams) -> dict[str, Any]:
    told: dict[str, Any] = {
        **who(), "run": new_run(), "argv": list(asked.argv), "part": asked.part, "attach": asked.attach,
    }  # fmt: skip
    if not asked.terminal:
        return told
    return {**told, "terminal": os.environ.get("TERM") or _TERM, "size": terminal.size(streams.stdout)}


def _code(host: Host, talk: Talk, streams: Streams) -> int:
    """The exit code, or a shell's where nobody reads on; raises where the host says something else, or nothing."""
    end = talk.ends
    if talk.is_unread:
        return 128 + signal.SIGPIPE
    if not end:
        lost = "the connection was lost; the host ends the command within half a minute, and keeps nothing of it"
        said = talk.errors.strip()
        raise ConnectionFailedError(f"{lost} ({host.connection.explain(said)})" if said else lost)
    if end["error"]:
        raise HostError(str(end["error"]))
    if end["code"] is None:
        raise HostError(f"the command did not come to an end: {end['why']}")
    if end["why"]:
        os.write(streams.stderr, f"{end['why']}\n".encode())
    return int(end["code"])
