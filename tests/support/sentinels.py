"""Looking for secrets where they should not be: in texts, and on a machine in all that stays or is seen there."""

from __future__ import annotations

import base64
import json
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from rehearsal.host.machine import Machine

_SEARCH_SECONDS = 240
_LARGEST_BYTES = 64_000_000
_SEARCH = """
import json, os, subprocess, sys
from pathlib import Path

places, needles, largest = json.load(sys.stdin)
needles = [needle.encode() for needle in needles]

def tell(where, content):
    if any(needle in content for needle in needles):
        print(where)

for place in places:
    for directory, _, names in os.walk(place):
        for name in names:
            path = Path(directory, name)
            try:
                if path.is_file() and not path.is_symlink() and path.stat().st_size <= largest:
                    tell(path, path.read_bytes())
            except OSError:
                pass
for command in ("journalctl --output export --all", "docker ps --all --quiet | xargs -r docker inspect"):
    tell(command, subprocess.run(command, shell=True, capture_output=True, check=True).stdout)
for process in Path("/proc").glob("[0-9]*"):
    for name in ("cmdline", "environ"):
        try:
            tell(process / name, (process / name).read_bytes())
        except OSError:
            pass
"""
_SAMPLE = """
import sys, threading, time
from pathlib import Path

ended, seen = threading.Event(), set()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
print(flush=True)
while not ended.wait(0.02):
    for process in Path("/proc").glob("[0-9]*"):
        try:
            seen.add((process / "cmdline").read_bytes())
        except OSError:
            pass
sys.stdout.buffer.write(b"\\n".join(seen))
"""


def needles(values: Mapping[str, str]) -> list[str]:
    """The secrets in all their forms: as they are, and what is inside of a registry's login."""
    found = {value for name, value in values.items() if not value.startswith("{")}
    for value in values.values():
        if value.startswith("{"):
            logins = [str(each["auth"]) for each in json.loads(value)["auths"].values()]
            found |= {value, *logins, *(base64.b64decode(each).decode().partition(":")[2] for each in logins)}
    found |= {value.partition(":")[2] for value in found if value.startswith("flower:")}
    return sorted(found | {base64.b64encode(value.encode()).decode() for value in found})


def found_in(text: str, secrets: Iterable[str]) -> list[str]:
    """The secrets that a text has in it, by their first letters."""
    return [secret[:20] for secret in secrets if secret in text]


def found_on(machine: Machine, places: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """Where a secret is on a machine: files below some places, the journal, containers' settings, and processes."""
    command = [*machine.ssh_command("admin"), f"sudo -n python3 -c '{_SEARCH}'"]
    asked = json.dumps([list(places), list(secrets), _LARGEST_BYTES])
    done = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=_SEARCH_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@contextmanager
def seen_meanwhile(machine: Machine) -> Generator[list[str]]:
    """The command lines of all processes that a machine runs meanwhile, once it is over."""
    command = [*machine.ssh_command("admin"), f"sudo -n python3 -c '{_SAMPLE}'"]
    found: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, errors="replace"
    ) as looking:
        assert looking.stdout is not None
        looking.stdout.readline()
        try:
            yield found
        finally:
            output, _ = looking.communicate(timeout=60)
            found += output.splitlines()
