"""Sizes and processors as the API server writes them back, so that a live comparison is quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.units import Cpu

if TYPE_CHECKING:
    from kkinfra.stack import Process
    from kkinfra.units import Memory

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_DECIMAL = ("", "k", "M", "G", "T", "P", "E")


def size(memory: Memory, times: int = 1) -> str:
    """A quantity in canonical form: the largest suffix that leaves a whole number (1024Mi is 1Gi).

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    binary = memory.unit.endswith("iB")
    step, suffixes = (1024, _BINARY) if binary else (1000, _DECIMAL)
    amount, at = memory.bytes * times, 0
    while amount % step == 0 and at < len(suffixes) - 1:
        amount, at = amount // step, at + 1
    return f"{amount}{suffixes[at]}"


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
