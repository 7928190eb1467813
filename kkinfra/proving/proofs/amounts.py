"""Amounts as findings tell them, and as Kubernetes writes them."""

from __future__ import annotations

import re

_DECIMAL, _BINARY = ("", "k", "M", "G", "T", "P", "E"), ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_SUFFIXES: dict[str, int] = {
    **{suffix: 1000**power for power, suffix in enumerate(_DECIMAL)},
    **{suffix: 1024**power for power, suffix in enumerate(_BINARY)},
}


def megabytes(size: int) -> str:
    """Bytes in MB (decimal), rounded: `256 MB`."""
    return f"{round(size / 10**6):,} MB"


def millicores(share: int) -> str:
    """Thousandths of a processor: `600m`."""
    return f"{share:,}m"


def counted(count: int, what: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def memory(quantity: str) -> int:
    """Bytes of a Kubernetes quantity; raises ValueError where it is none.

    https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(|[kMGTPE]|[KMGTPE]i)", str(quantity))
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity of memory")
    return round(float(match[1]) * _SUFFIXES[match[2]])


def cpu(quantity: str) -> int:
    """Thousandths of a processor of a Kubernetes quantity; raises ValueError where it is none."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)(m?)", str(quantity))
    if match is None:
        raise ValueError(f"{quantity!r} is not a quantity of processors")
    return round(float(match[1]) * (1 if match[2] else 1000))
