"""A request from the deployer and its answer: lines of JSON, the last of which carries the request's own mark.

Whoever does not see the mark knows that the answer is not whole, whatever the exit code was.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from kkinfra.host.errors import HostError
from kkinfra.host.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Callable

    Verb = Callable[["Call"], Any]
    """What the deployer can ask for: a function of the request, whose answer is plain values."""

MARK = "kkinfra-answer"
_CUT_OFF = "the request did not arrive whole"


@dataclass(frozen=True)
class Call:
    """What is asked for: a verb with its arguments, and files by name, which never touch the disk on the way.

    `sources` are this package's own modules, for the copy that stays on the host.
    """

    verb: str
    layout: Layout
    arguments: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    sources: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    mark: str = ""

    def tell(self, text: str) -> None:
        """Send a line of progress."""
        self.send({"text": text})

    def send(self, event: dict[str, Any]) -> bool:
        """Send an event; returns False, from then on, where nobody listens any more."""
        if sys.stdout.name == os.devnull:
            return False
        try:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()
        except OSError:
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - for the rest of this process
            return False
        return True


def read(stream: BinaryIO, sources: dict[str, str]) -> Call:
    """Read a request: a line with the sizes of a JSON document and of each file, then those.

    Ends the process where it does not arrive whole: a secret, for one, would be cut off unnoticed.
    """
    line = stream.readline()
    if not line.endswith(b"\n"):
        sys.exit(_CUT_OFF)
    head = json.loads(line)
    request = json.loads(_read(stream, head["request"]))
    files = {name: _read(stream, size) for name, size in head["files"]}
    layout = Layout(Path(request["directory"]), request["namespace"])
    return Call(request["verb"], layout, request["arguments"], files, sources, request["mark"])


def _read(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        sys.exit(_CUT_OFF)
    return content


def answer(call: Call, verbs: dict[str, Verb]) -> int:
    """Carry out a request and send its answer, or what stopped it."""
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        found: dict[str, Any] = {"answer": verbs[call.verb](call)}
    except HostError as error:
        found = {"error": str(error), "kind": error.kind}
    except Exception as error:  # noqa: BLE001 - whatever it is, the deployer must hear of it
        found = {"error": f"{type(error).__name__}: {error}", "kind": "internal", "where": _where(error)}
    call.send({MARK: call.mark, **found})
    return 1 if "error" in found else 0


def _where(error: BaseException) -> list[str]:
    import traceback

    return traceback.format_exception(type(error), error, error.__traceback__)[-6:]
