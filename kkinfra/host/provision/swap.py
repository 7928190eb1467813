"""Swap: on 1 GiB, what lets a machine slow down where it would freeze. It comes first, since installing needs it too.

mkswap(8), swapon(8), fallocate(1), proc(5); 10 for vm.swappiness keeps the programs in memory as long as it lasts.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import fstab
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "swap"
FILE, TABLE, SETTINGS = "/swapfile", "/etc/fstab", "/etc/sysctl.d/60-kkinfra.conf"
SETTING = "vm.swappiness = 10\n"
_KEPT_FREE = 1 << 30
_MEBIBYTE = 1 << 20
_SECONDS = 60
_SLOW_SECONDS = 600
_UNIT = 1024


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Compare the swap that is there with what is wanted."""
    areas = active(machine.read("/proc/swaps"))
    found = f"{_size(sum(areas.values()))}, in {', '.join(areas)}" if areas else "none"
    if not wanted.swap_bytes:
        return Item(NAME, f"{found}; the spec wants none")
    todo = _missing(machine, wanted, areas)
    if todo and machine.is_container():
        remedy = "leave out `platform.host.swap`, and give swap to the machine that it is on"
        raise HostError(f"the host is a container, which has no swap of its own; {remedy}")
    swap = Swap(machine, wanted.swap_bytes)
    return Item(NAME, found, ", ".join(todo), swap.apply)


def _missing(machine: ProvisionedMachine, wanted: WantedHost, areas: dict[str, int]) -> list[str]:
    if _is_enough(areas, wanted.swap_bytes) and FILE not in areas:
        return []
    todo: list[str] = []
    if not _is_enough(areas, wanted.swap_bytes):
        machine.refuse_full_disk("/", wanted.swap_bytes + _KEPT_FREE, f"a swap file of {_size(wanted.swap_bytes)}")
        todo.append(f"make {FILE} of {_size(wanted.swap_bytes)}")
    if not fstab.has_swap(machine.read(TABLE), FILE):
        todo.append(f"name it in {TABLE}")
    if machine.read(SETTINGS) != SETTING:
        todo.append(f"use it late ({SETTING.strip()})")
    return todo


def active(swaps: str) -> dict[str, int]:
    """By file or device, the bytes of swap that /proc/swaps tells."""
    rows = (line.split() for line in swaps.splitlines()[1:])
    return {row[0]: int(row[2]) * _UNIT for row in rows if len(row) > 2}  # noqa: PLR2004


def _is_enough(areas: dict[str, int], size: int) -> bool:
    """Whether there is as much; each area spends its first page on its own description."""
    return sum(areas.values()) + len(areas) * os.sysconf("SC_PAGE_SIZE") >= size


def _size(size: int) -> str:
    mebibytes = round(size / _MEBIBYTE)
    return f"{mebibytes / _UNIT:.3g} GiB" if mebibytes >= _UNIT else f"{mebibytes} MiB"


@dataclass(frozen=True)
class Swap:
    """The swap file of a machine; each step may have been done before."""

    machine: ProvisionedMachine
    size: int

    def apply(self) -> None:
        """Make it and use it, now and after each boot."""
        areas = active(self.machine.read("/proc/swaps"))
        if not _is_enough(areas, self.size):
            self._make(is_used=FILE in areas)
        table = self.machine.path(TABLE)
        before = self.machine.read(TABLE)
        if not fstab.has_swap(before, FILE):
            files.write(table, fstab.with_swap(before, FILE).encode())
        files.write(self.machine.path(SETTINGS), SETTING.encode())
        process.check(["sysctl", "--quiet", "--load", str(self.machine.path(SETTINGS))], seconds=_SECONDS)

    def _make(self, *, is_used: bool) -> None:
        path = self.machine.path(FILE)
        if is_used:
            process.check(["swapoff", str(path)], seconds=_SLOW_SECONDS)
        self._allocate(["fallocate", "--length", str(self.size), str(path)])
        if not self._use():
            return
        # some file systems cannot allocate, or allocate what swapon then calls holes
        blocks = ["bs=1M", f"count={-(-self.size // _MEBIBYTE)}", "conv=fsync", "status=none"]
        self._allocate(["dd", "if=/dev/zero", f"of={path}", *blocks])
        if refusal := self._use():
            path.unlink()
            raise HostError(f"the kernel does not take {FILE} as swap: {refusal}")

    def _allocate(self, argv: list[str]) -> None:
        path = self.machine.path(FILE)
        with suppress(FileNotFoundError):
            path.unlink()
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        process.run(argv, seconds=_SLOW_SECONDS)  # what mkswap says of the file tells whether it worked

    def _use(self) -> str:
        """Write its description and let the kernel have it; what is said against it, or nothing."""
        path = str(self.machine.path(FILE))
        made = process.run(["mkswap", path], seconds=_SECONDS)
        done = made if made.code else process.run(["swapon", path], seconds=_SECONDS)
        return done.said if done.code else ""
