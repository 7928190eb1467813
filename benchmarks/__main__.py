"""`python -m benchmarks`: every target of speed and memory, measured; exit code 1 where one is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.commands import ROOT
from benchmarks.comparison import Comparison, Row, table
from benchmarks.measure import FailedCommandError, timer
from benchmarks.measured import ALL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOM = 2**30
"""Bytes that 1,000 rendered environments and their like take, and some more."""


def main() -> int:
    """Measure, print a table, and write it as JSON where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--runs", type=int, default=15, metavar="N", help="runs of each short command (default: 15)")
    parser.add_argument(
        "--scratch", type=Path, metavar="DIR", help="where to write (default: memory, where it has room)"
    )
    known = {each.__name__: each for each in ALL}
    parser.add_argument("--only", action="append", choices=known, help="measure this group alone (repeated)")
    options = parser.parse_args()
    scratch = options.scratch or roomy_memory()
    compile_all()
    facts = {
        "python": platform.python_version(),
        "kubectl": kubectl_version(),
        "measured by": timer(),
        "written to": str(scratch or tempfile.gettempdir()),
    }
    for name, fact in facts.items():
        print(f"{name}: {fact}")
    rows = measured([known[name] for name in options.only or known], options.runs, scratch)
    print(f"\n{table(rows)}")
    if options.json:
        options.json.write_text(json.dumps({**facts, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")
    return int(any(isinstance(row, Comparison) and not row.met for row in rows))


def measured(groups: Sequence[Callable[[Path, int], Iterable[Row]]], runs: int, place: Path | None) -> list[Row]:
    """All rows, each group announced on stderr as it begins."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=place) as scratch:
        for comparison in groups:
            print(f"measuring {comparison.__name__.replace('_', ' ')} ...", file=sys.stderr, flush=True)
            rows += comparison(Path(scratch), runs)
    return rows


def roomy_memory() -> Path | None:
    """A file system in memory, so that what is compared is not the disk: the peers write nothing."""
    memory = Path("/dev/shm")  # noqa: S108 - a directory of its own is made in it
    return memory if os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM else None


def compile_all() -> None:
    """Byte-compile what will be run: a machine may forbid it to the interpreter (PYTHONDONTWRITEBYTECODE).

    In a process of its own: what this one has held at most counts for each command that it starts (getrusage(2)).
    """
    places = (ROOT / "kkinfra", ROOT / "renderers", ROOT / "benchmarks", sysconfig.get_path("purelib"))
    subprocess.run([sys.executable, "-m", "compileall", "-qq", *places], check=False)
    print("byte-compiled: kkinfra, its renderers, and all installed packages")


def kubectl_version() -> str:
    """What kubectl says it is."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        return "none"
    done = subprocess.run([kubectl, "version", "--client"], check=False, capture_output=True, text=True)
    return done.stdout.strip().replace("\n", ", ") or "of unknown version"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FailedCommandError as error:
        sys.exit(f"a command failed: {error}")
