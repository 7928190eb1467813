"""The verb `run`: a command in a fresh container of the release that serves, or in a running one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from kkinfra.cli.reaching import reached, unknown
from kkinfra.errors import DeployError
from kkinfra.targets.protocol.command import CommandRequest, Streams
from kkinfra.targets.protocol.target import RunsCommands

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Run it; returns the command's own exit code, 127 where there is no such command."""
    if not options.command:
        raise DeployError(f"no command; write it behind --, as in `kkinfra run {options.environment} -- ls`")
    streams = Streams()
    is_terminal = not options.no_terminal and os.isatty(streams.stdin) and os.isatty(streams.stdout)
    asked = CommandRequest(tuple(options.command), options.part, options.attach, is_terminal)
    with reached(options) as (session, telling):
        if not isinstance(session, RunsCommands):
            raise unknown(options, "run")
        telling.pause()
        return session.run_command(asked, streams)
