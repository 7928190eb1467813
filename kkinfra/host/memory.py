"""Memory, as the kernel counts it for this host: of the machine, or of the control group that the machine is."""

from __future__ import annotations

from pathlib import Path

_MACHINE = Path("/proc/meminfo")
_LIMITS = (  # where a machine is itself a container: its limit, what it uses, and what of that can be had back
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat", "inactive_file"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat", "total_inactive_file",
    ),
)  # fmt: skip


def total() -> int:
    """Bytes that this host has."""
    return min([_meminfo("MemTotal"), *(limit for limit, _ in _groups())])


def available() -> int:
    """Bytes that new processes can have without swapping."""
    return min([_meminfo("MemAvailable"), *(limit - used for limit, used in _groups())])


def swap_free() -> int:
    """Bytes of swap that are free; a machine that is a container has none of its own."""
    return 0 if any(True for _ in _groups()) else _meminfo("SwapFree")


def uptime() -> float:
    """Seconds since this host was started: the first process's age, since a machine may be a container."""
    ticks = int(_text("/proc/1/stat").rpartition(")")[2].split()[19] or 0)
    return float(_text("/proc/uptime").split()[0]) - ticks / 100


def used_by(pid: int) -> int:
    """Bytes that the control group of a process holds and cannot give back; 0 where that is not known."""
    for line in _text(f"/proc/{pid}/cgroup").splitlines():
        _, kinds, path = line.split(":", 2)
        top = "/sys/fs/cgroup/memory" if kinds == "memory" else "/sys/fs/cgroup" if kinds == "" else ""
        stat = _pairs(f"{top}{path}/memory.stat") if top else {}
        if stat:
            return stat.get("total_rss", stat.get("anon", 0)) + stat.get("total_shmem", stat.get("shmem", 0))
    return 0


def _groups() -> list[tuple[int, int]]:
    """Limit and use of the control group that this host is, where it is one and has a limit."""
    found: list[tuple[int, int]] = []
    for limit, current, stat, cache in _LIMITS:
        written = _text(limit).strip()
        if written.isdigit() and int(written) < _meminfo("MemTotal"):
            found.append((int(written), int(_text(current) or 0) - _pairs(stat).get(cache, 0)))
    return found


def _meminfo(name: str) -> int:
    lines = dict(line.split(":", 1) for line in _text(str(_MACHINE)).splitlines())
    return int(lines.get(name, "0").split()[0]) * 1024


def _pairs(path: str) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in _text(path).splitlines())}


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""
