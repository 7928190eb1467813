"""BuildKit, by way of Docker's command: images for another platform than the engine's own, and for several at once.

https://docs.docker.com/build/building/multi-platform/
"""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from kkinfra.errors import EngineError, ProcessError
from kkinfra.images.engine import packed
from kkinfra.images.log import BuildLog, clean
from kkinfra.system.command import Command
from kkinfra.system.process import converse, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kkinfra.console.events import Event
    from kkinfra.images.plan import BuildPlan

_ASK_SECONDS = 20
_SILENT_SECONDS = 3600
"""The verb's own --timeout is shorter, unless somebody says so."""


def is_there() -> bool:
    """Whether Docker's command has buildx, which Debian's docker.io and some others have not."""
    try:
        return run(Command(("docker", "buildx", "version")), seconds=_ASK_SECONDS).code == 0
    except ProcessError:
        return False


@dataclass(frozen=True, slots=True)
class Buildx:
    """One build; `tags` are those that the image gets, in the engine or, where it `is_pushed`, in its registry."""

    plan: BuildPlan
    tags: Sequence[str]
    is_pushed: bool
    use_cache: bool
    network: str | None

    def command(self, metadata: str) -> Command:
        """The command, which reads the context from its standard input and writes what it made to `metadata`."""
        plan = self.plan
        return Command((
            "docker", "buildx", "build", "--progress=plain", "--provenance=false", f"--metadata-file={metadata}",
            f"--platform={','.join(plan.platforms)}", "--push" if self.is_pushed else "--load",
            *(f"--tag={plan.reference(tag)}" for tag in self.tags),
            *(f"--build-arg={name}={text}" for name, text in plan.arguments.items()),
            *(f"--label={name}={text}" for name, text in plan.labels.items()),
            *([] if self.use_cache else ["--no-cache"]),
            *([f"--network={self.network}"] if self.network else []),
            f"--file={plan.dockerfile}", "-",
        ))  # fmt: skip

    def run(self, log: BuildLog, listen: Callable[[Event], None], check: Callable[[], None]) -> str:
        """Build, and return the digest of what was pushed or loaded; raises EngineError.

        `check` is called once the context has been read, and before anything is built.
        """
        with closing(packed(self.plan)) as context, tempfile.TemporaryDirectory(prefix="kkinfra-build-") as place:
            check()
            metadata = Path(place, "metadata.json")
            self._converse(self.command(str(metadata)), context, log, listen)
            return str(json.loads(metadata.read_text(encoding="utf-8"))["containerimage.digest"])

    def _converse(self, command: Command, context: IO[bytes], log: BuildLog, listen: Callable[[Event], None]) -> None:
        last = ""

        def hear(line: str) -> None:
            nonlocal last
            last = clean(line) or last
            for event in log.read_plain(line):
                listen(event)

        try:
            done = converse(command, context, hear, seconds=_SILENT_SECONDS, with_errors=True)
        except ProcessError as error:
            raise EngineError(str(error)) from error
        if done.code:
            raise EngineError(log.error or last or "`docker buildx build` ended without a word")
