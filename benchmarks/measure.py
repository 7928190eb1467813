"""Commands, timed side by side: by hyperfine (https://github.com/sharkdp/hyperfine) where it is, else by a loop."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import resource
    from collections.abc import Mapping, Sequence

ROUNDS = 3
"""The commands take turns this often, so that a disturbed moment does not hit one of them alone."""

_BYTES_PER_MAXRSS = 1 if sys.platform == "darwin" else 1024


class FailedCommandError(Exception):
    """A command that was to be measured failed; its text is what it said last."""


@dataclass(frozen=True)
class Command:
    """What is run, where, with which variables beside its own, and which directories are removed before each run."""

    argv: tuple[str, ...]
    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    removed_before: tuple[Path, ...] = ()

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | self.variables

    def prepare(self) -> None:
        for path in self.removed_before:
            shutil.rmtree(path, ignore_errors=True)


@dataclass(frozen=True)
class Measured:
    """Wall-clock seconds of all runs; of one run, seconds of processor time and the most resident memory in bytes."""

    seconds: tuple[float, ...]
    processor: float
    peak: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def timer() -> str:
    """What measures the time, for the report."""
    hyperfine = shutil.which("hyperfine")
    if not hyperfine:
        return "an own loop; Debian's package hyperfine is used where it is installed"
    return subprocess.run([hyperfine, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def measure(commands: Sequence[Command], runs: int) -> list[Measured]:
    """Each command at least `runs` times, in turns; raises FailedCommandError."""
    alone = [once(command) for command in commands]
    rounds = min(ROUNDS, runs)
    seconds: list[list[float]] = [[] for _ in commands]
    for _ in range(rounds):
        for index, command in enumerate(commands):
            seconds[index] += _seconds(command, -(-runs // rounds))
    return [replace(each, seconds=tuple(found)) for each, found in zip(alone, seconds, strict=True)]


def once(command: Command) -> Measured:
    """A single run, for what takes many seconds, and to warm caches; getrusage(2) tells time and memory."""
    command.prepare()
    start = time.perf_counter()
    usage = _run(command)
    seconds = time.perf_counter() - start
    return Measured((seconds,), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * _BYTES_PER_MAXRSS)


def _seconds(command: Command, runs: int) -> list[float]:
    hyperfine = shutil.which("hyperfine")
    return _by_hyperfine(hyperfine, command, runs) if hyperfine else _by_loop(command, runs)


def _by_loop(command: Command, runs: int) -> list[float]:
    return [once(command).seconds[0] for _ in range(runs)]


def _by_hyperfine(hyperfine: str, command: Command, runs: int) -> list[float]:
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch, "report.json")
        argv = [hyperfine, "--shell=none", "--style=none", "--warmup=0", f"--runs={runs}", f"--export-json={report}"]
        if command.removed_before:
            argv.append(f"--prepare={shlex.join(['rm', '-rf', *map(str, command.removed_before)])}")
        argv.append(shlex.join(command.argv))
        done = subprocess.run(
            argv, check=False, capture_output=True, text=True, cwd=command.directory, env=command.environment
        )
        if done.returncode:
            raise FailedCommandError(f"{shlex.join(command.argv)}: {done.stderr.strip()[-500:]}")
        times: list[float] = json.loads(report.read_text())["results"][0]["times"]
        return times


def _run(command: Command) -> resource.struct_rusage:
    """Run it to its end, its output thrown away."""
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command.argv, stdout=subprocess.DEVNULL, stderr=said, cwd=command.directory, env=command.environment
        )
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            said.seek(0)
            raise FailedCommandError(
                f"{shlex.join(command.argv)}: {said.read().decode(errors='replace').strip()[-500:]}"
            )
    return usage
