"""README's two commands pass on machines that have only what README names."""

from __future__ import annotations

import re
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from bare_machine import bare_machine, end_all
from checkout import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MACHINES = {
    "bookworm": {"folder": "kkinfra"},
    "trixie": {"folder": "새 프로젝트/kkinfra", "user": "kim", "LANG": "C"},
    "sid": {"folder": "kkinfra", "TZ": "Asia/Seoul"},
}
"""Suites of Debian, with whoever takes the first steps there, and where."""


@dataclass
class Outcome:
    """What one machine said to each command, and how long it took in seconds."""

    python: str = ""
    said: dict[str, tuple[int, str, float]] = field(default_factory=dict)


def commands() -> list[str]:
    """The lines of README's first example of a shell."""
    block = re.search(r"^From a fresh clone.*?^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert block
    return [line.partition("#")[0].strip() for line in block[1].splitlines()]


def tried(suite: str) -> Outcome:
    outcome = Outcome()
    with bare_machine(suite, **MACHINES[suite]) as machine:
        outcome.python = machine.run("python3 --version").stdout.strip()
        for command in commands():
            began = time.monotonic()
            done = machine.run(command, f"{machine.home}/{MACHINES[suite]['folder']}")
            outcome.said[command] = done.returncode, done.stdout, time.monotonic() - began
            if done.returncode:
                break
    return outcome


@pytest.fixture(scope="module")
def outcomes(request):
    """All machines that are asked for at a time: each waits for its mirror for a good part of the time."""
    chosen = [item.callspec.params["suite"] for item in request.session.items if item.path == request.path]
    with ThreadPoolExecutor(len(chosen)) as pool:
        yield {suite: pool.submit(tried, suite) for suite in chosen}
        end_all()


@pytest.mark.parametrize("suite", MACHINES)
def test_readmes_commands_pass_and_what_is_skipped_names_the_program_that_it_needs(
    suite: str, outcomes: dict[str, Future[Outcome]]
) -> None:
    outcome = outcomes[suite].result()
    for command, (code, said, seconds) in outcome.said.items():
        assert code == 0, f"{suite}, {outcome.python}: {command}\n{said[-20_000:]}"
        print(f"{suite}, {outcome.python}: `{command}` passed in {seconds:.0f} s")  # noqa: T201 - shown by -rP
    assert list(outcome.said) == commands()
    skipped = re.findall(r"^SKIPPED \[\d+\] .*$", said, re.MULTILINE)
    print("\n".join([*skipped, said.splitlines()[-2]]))  # noqa: T201
    assert all(": needs " in line for line in skipped)
    assert any("needs git, which is not installed" in line for line in skipped)
