"""The proofs, once a specification is loaded: of the real one, and of ever more environments."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from benchmarks.commands import program
from benchmarks.comparison import Comparison
from benchmarks.many_environments import SPEC, write_spec
from benchmarks.measure import FailedCommandError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.comparison import Row

LIMIT = 50.0
COUNTS = (50, 150, 250)


def proofs(scratch: Path, runs: int) -> Iterator[Row]:
    """All proofs of the real specification beside their limit, and 200 environments more beside 200 before them."""
    yield Comparison("all proofs, spec loaded", f"{LIMIT:g} ms", _milliseconds(scratch, SPEC, runs), LIMIT, 1)
    small, middle, large = (_milliseconds(scratch, write_spec(scratch, count), 2) for count in COUNTS)
    more = COUNTS[2] - COUNTS[1]
    yield Comparison(f"proofs of {more} environments more", f"of {COUNTS[1]}", large - middle, middle - small, 1.25)


def _milliseconds(scratch: Path, spec: Path, turns: int) -> float:
    command = program(scratch, "prove_in_memory", str(spec), str(turns))
    done = subprocess.run(
        command.argv, cwd=command.directory, env=command.environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise FailedCommandError(f"prove_in_memory: {done.stderr.strip()[-500:]}")
    return float(done.stdout)
