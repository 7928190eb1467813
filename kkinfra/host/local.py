"""`kkinfra VERB` on the host: what its own units call, and what a person without the deployer can do.

perform RUN         do what was asked for (the deployer starts this)
recover             finish or undo what was cut off, and let the current release serve (at boot)
renew               renew the certificate where that is due, and prove that it is served (a timer)
command NAME        run a command that was asked for (the deployer starts this)
rollback [RELEASE]  go back to a release, the one before where none is named
history             the runs that ended
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from kkinfra.host import lock, releases, runs
from kkinfra.host.certificate import Certificates
from kkinfra.host.command.leftovers import remove_leftovers
from kkinfra.host.command.perform import perform
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import HostError
from kkinfra.host.journal import Journal
from kkinfra.host.layout import Layout
from kkinfra.host.masking import masking
from kkinfra.host.services import Services

_PATIENCE_SECONDS = 180
_RENEWAL_WAIT_SECONDS = 180  # and certbot's own time: less than the unit may take


def main(arguments: list[str]) -> int:
    """Run one verb; returns the exit code."""
    verb, rest = (arguments[0] if arguments else "help"), arguments[1:]
    verbs = {
        "perform": _perform, "command": _command, "recover": _recover, "renew": _renew, "rollback": _rollback,
        "history": _history,
    }  # fmt: skip
    if verb not in verbs:
        print(__doc__)
        return 1
    try:
        return verbs[verb](rest)
    except HostError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _perform(arguments: list[str]) -> int:
    directory, namespace, name = arguments
    return runs.perform(runs.load(Layout(Path(directory), namespace), name))


def _command(arguments: list[str]) -> int:
    directory, namespace, name = arguments
    return perform(Layout(Path(directory), namespace), name)


def _layout() -> Layout:
    """Where this copy lies, and the project of the release that serves."""
    directory = Path(sys.argv[0]).resolve().parent
    manifest = releases.current(Layout(directory, ""))
    if manifest is None:
        raise HostError(f"no release serves from {directory} yet")
    return Layout(directory, manifest.namespace)


def _recover(_arguments: list[str]) -> int:
    layout, engine, said, services = _own("recover")
    with lock.held(layout, {"who": "this host", "what": "recover"}):
        remove_leftovers(layout, engine)
        if not runs.recover(layout, engine, said, services):
            runs.undo(layout, engine, said, services, releases.current(layout), why="boot")
    return 0


def _renew(_arguments: list[str]) -> int:
    layout, engine, said, services = _own("renew")
    with lock.held(layout, {"who": "this host", "what": "renewal"}, wait=_RENEWAL_WAIT_SECONDS):
        current = releases.current(layout)
        if current is None or current.certificate is None:
            raise HostError("the release that serves has no certificate to renew")
        print(Certificates(layout, engine, services, said, current).renew())
    return 0


def _rollback(arguments: list[str]) -> int:
    layout = _layout()
    release = arguments[0] if arguments else previous(layout)
    name = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-rollback-{os.getpid()}"
    request = {"what": "rollback", "release": release, "who": f"{os.environ.get('SUDO_USER', 'root')} on the host"}
    code = runs.perform(runs.create(layout, name, request))
    print(_ending(layout))
    return code


def _history(_arguments: list[str]) -> int:
    for line in runs.history(_layout()):
        print(json.dumps(line))
    return 0


def previous(layout: Layout) -> str:
    """The release that served before the one that serves; raises HostError where there is none on the host."""
    current = releases.current(layout)
    there = set(releases.names(layout))
    served = [line["release"] for line in runs.changes(layout) if line.get("result") in ("deployed", "rolled back")]
    found = [name for name in served if name in there and current is not None and name != current.id]
    if not found:
        raise HostError("there is no release before this one on the host to go back to")
    return str(found[-1])


def _ending(layout: Layout) -> str:
    last = runs.changes(layout)[-1]
    return f"{last['result']}: {last['release']}{': ' if last['why'] else ''}{last['why']}"


def _own(what: str) -> tuple[Layout, HostEngine, Journal, Services]:
    """What the host does something with by itself; journald has what is printed, beside the journal."""
    layout, engine = _layout(), HostEngine()
    said = Journal(
        layout.runs.parent / f"{what}.jsonl",
        masked=masking(releases.secret_values(layout)),
        heard=lambda step: print(step, flush=True),
    )
    return layout, engine, said, Services(layout, engine, said.note, _PATIENCE_SECONDS)
