"""Memory, as the kernel counts it: what is resident, by container, and Docker's own share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from docker.models.containers import Container

    from rehearsal.production import Production

ENGINE = ("dockerd", "containerd", "containerd-shim", "docker-proxy")
MB = 1_000_000


def resident(container: Container) -> int:
    """Bytes that a container's processes hold and the kernel cannot take back without swapping.

    Anonymous memory and tmpfs, from the control group's own counters (Documentation/admin-guide:
    cgroup-v1/memory.rst "rss", "shmem"; cgroup-v2.rst "anon", "shmem"); page cache is left out.
    """
    stats = cast("dict[str, Any]", container.stats(stream=False))
    found = stats["memory_stats"]["stats"]
    anonymous = found["total_rss"] if "total_rss" in found else found["anon"]
    return int(anonymous) + int(found.get("total_shmem", found.get("shmem", 0)))


def limit(container: Container) -> int:
    """Bytes that a container may hold."""
    return int(container.attrs["HostConfig"]["Memory"])


def of_engine() -> int:
    """Bytes that Docker's own processes hold, shared pages by share (proc(5), smaps_rollup: Pss)."""
    return sum(_pss(process) for process in Path("/proc").iterdir() if process.name.isdigit() and _is_engine(process))


def _is_engine(process: Path) -> bool:
    try:
        return (process / "comm").read_text().strip()[:15] in {name[:15] for name in ENGINE}
    except OSError:
        return False


def _pss(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def measure(stack: Production) -> dict[str, int]:
    """Resident bytes by service, and of Docker as `docker`."""
    found = {name: resident(container) for name, container in sorted(stack.running().items())}
    return {**found, "docker": of_engine()}


def table(stack: Production) -> str:
    """What each container holds, beside its limit, in MB."""
    running = stack.running()
    found = measure(stack)
    limits = {name: f"{limit(running[name]) / MB:8.0f}" for name in found if name in running}
    lines = [f"{name:14} {size / MB:8.1f} {limits.get(name, '')}" for name, size in found.items()]
    return "\n".join([f"{'MB':14} {'resident':>8} {'limit':>8}", *lines, f"{'sum':14} {sum(found.values()) / MB:8.1f}"])
