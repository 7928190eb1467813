"""What an engine says while it builds, pulls and pushes, as events."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.console.events import ImageLayer, Output, Step
from kkinfra.spec.build import GIVEN_ARGUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.console.events import Event

_STEP = re.compile(r"Step (?P<number>[0-9]+)/(?P<of>[0-9]+) : (?P<instruction>.*)")
_DETAIL = re.compile(r" ---> |Removing intermediate container |Successfully (built|tagged) ")
_UNUSED = re.compile(r"\[Warning\] One or more build-args \[(?P<names>.*)\] were not consumed")
_PLAIN_STEP = re.compile(r"#[0-9]+ \[(?P<stage>[^]]*?)(?P<number>[0-9]+)/(?P<of>[0-9]+)\] (?P<instruction>.*)")
_PLAIN_OUTPUT = re.compile(r"#[0-9]+ [0-9]+\.[0-9]+ (?P<line>.*)")
_POST_MORTEM = "------"
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\^_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_LAST_LINES = 20
_LONGEST_LINE = 4096


@dataclass(slots=True)
class BuildLog:
    """Turns the engine's messages into events, and remembers what matters at the end.

    `image` is the built image's ID, `digest` that of what was pushed, `error` the engine's own words, `last_lines`
    what the present step printed.
    """

    image: str = ""
    digest: str = ""
    error: str = ""
    step: Step | None = None
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    _begun: str = ""

    def read(self, message: Mapping[str, Any]) -> Iterator[Event]:
        """The events of one message (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Image)."""
        aux: Mapping[str, str] = message.get("aux") or {}
        self.image = aux.get("ID", self.image)
        self.digest = aux.get("Digest", self.digest)
        *whole, begun = (self._begun + message.get("stream", "")).split("\n")
        self._begun = begun[-_LONGEST_LINE:]
        if "error" in message:
            self.error = clean(str(message["error"]))
            whole.append(self._begun)
        for line in whole:
            yield from self._line(clean(line)[:_LONGEST_LINE])
        if "id" in message and "status" in message:
            moved: Mapping[str, int] = message.get("progressDetail") or {}
            yield ImageLayer(message["id"], message["status"], moved.get("current") or 0, moved.get("total") or 0)

    def read_plain(self, line: str) -> Iterator[Event]:
        """The events of one line of BuildKit's, which ends with what the step that failed printed, and why it did.

        Two steps may run at a time, so that `step` and `last_lines` are of the one that failed only after such an end
        (https://docs.docker.com/reference/cli/docker/buildx/build/#progress, plain).
        """
        text = clean(line)[:_LONGEST_LINE]
        step, printed = _PLAIN_STEP.fullmatch(text), _PLAIN_OUTPUT.fullmatch(text)
        if step:
            found = Step(int(step["number"]), int(step["of"]), f"{step['stage']}{step['instruction']}")
            self.step = found
            yield found
        elif printed:
            yield Output(printed["line"])
        elif text.startswith("ERROR: "):
            self.error = text.removeprefix("ERROR: ").removeprefix("failed to solve: ").rstrip(".")
        elif text.startswith("#"):
            yield Output(text, detail=True)
        elif text and not text.startswith(_POST_MORTEM):
            self.last_lines.append(text)

    def _line(self, line: str) -> Iterator[Event]:
        match = _STEP.fullmatch(line)
        if match:
            self.step = Step(int(match["number"]), int(match["of"]), match["instruction"])
            self.last_lines.clear()
            yield self.step
        elif _DETAIL.match(line):
            yield Output(line.strip(), detail=True)
        elif line and not _is_about_given_arguments(line):
            self.last_lines.append(line)
            yield Output(line)


def clean(text: str) -> str:
    """Text as a terminal would show it at last: after the last carriage return, and without escapes."""
    shown = _ESCAPES.sub("", text).rstrip("\r").rpartition("\r")[2]
    return _CONTROL.sub("", shown).rstrip()


def _is_about_given_arguments(line: str) -> bool:
    """Whether it says that a Dockerfile makes no use of what every build is given, which it need not."""
    match = _UNUSED.fullmatch(line)
    return match is not None and set(match["names"].split()) <= set(GIVEN_ARGUMENTS)
