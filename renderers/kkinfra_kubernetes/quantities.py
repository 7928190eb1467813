"""Sizes and processors as the API server writes them back, so that a live comparison is quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.units import Cpu, Memory

if TYPE_CHECKING:
    from kkinfra.spec.stack import Process


def size(memory: Memory, times: int = 1) -> str:
    """A quantity of bytes in canonical form."""
    return Memory(memory.amount * times, memory.unit).kubernetes


def cpus(cpu: Cpu, times: int = 1) -> str:
    """A quantity of processors in canonical form."""
    return Cpu(cpu.millicores * times).kubernetes


def resources(process: Process) -> dict[str, dict[str, str]]:
    """Requests and limits: memory is guaranteed as a whole, processors may burst."""
    memory = size(process.memory)
    return {
        "limits": {"cpu": cpus(process.cpu_limit), "memory": memory},
        "requests": {"cpu": cpus(process.cpu), "memory": memory},
    }
