"""Timers and the unit that runs at boot: those of the release that serves, and no others of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host import files
from kkinfra.host.process import check

if TYPE_CHECKING:
    from kkinfra.host.layout import Layout
    from kkinfra.host.manifest import Manifest

DIRECTORY = Path("/etc/systemd/system")
_SECONDS = 60


def install(layout: Layout, manifest: Manifest) -> None:
    """Install and enable the release's units, and remove those of before that it does not have."""
    wanted = {path.name: path.read_bytes() for path in (layout.release(manifest.id) / "systemd").glob("*")}
    there = {
        path.name: path for path in DIRECTORY.glob(f"{layout.namespace}-*") if path.suffix in (".service", ".timer")
    }
    gone = sorted(set(there) - set(wanted))
    changed = [name for name, text in wanted.items() if name not in there or there[name].read_bytes() != text]
    if not gone and not changed and layout.units.exists():
        return
    layout.units.unlink(missing_ok=True)
    if gone:
        check(["systemctl", "disable", "--now", *gone], seconds=_SECONDS)
    for name in gone:
        there[name].unlink()
    for name in changed:
        files.write(DIRECTORY / name, wanted[name])
    check(["systemctl", "daemon-reload"], seconds=_SECONDS)
    timers = sorted(name for name in wanted if name.endswith(".timer"))
    booted = sorted(name for name, text in wanted.items() if name.endswith(".service") and b"[Install]" in text)
    if booted:
        check(["systemctl", "enable", *booted], seconds=_SECONDS)
    if timers:
        check(["systemctl", "enable", "--now", *timers], seconds=_SECONDS)
    files.write(layout.units, "".join(f"{name}\n" for name in sorted(wanted)).encode())
