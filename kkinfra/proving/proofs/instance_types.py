"""What AWS's instances have, as of 2026-11: processors, memory, and what burstable ones earn.

https://aws.amazon.com/ec2/instance-types/
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "https://aws.amazon.com/ec2/instance-types/ (2026-11)"
CREDITS_SOURCE = (
    "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html (2026-11)"
)


@dataclass(frozen=True, slots=True)
class InstanceType:
    """Processors, memory in bytes; of burstable ones, credits earned an hour and kept at most.

    A credit is one processor for one minute.
    """

    processors: int
    memory: int
    credits_an_hour: float = 0
    most_credits: float = 0

    @property
    def baseline(self) -> int:
        """Thousandths of a processor that an hour's credits are enough for; 0 where it is not burstable."""
        return round(self.credits_an_hour / 60 * 1000)


_GIB = 2**30

_BURSTABLE: dict[tuple[str, ...], dict[str, tuple[int, float, float, float]]] = {
    ("t2",): {
        "nano": (1, 0.5, 3, 72), "micro": (1, 1, 6, 144), "small": (1, 2, 12, 288), "medium": (2, 4, 24, 576),
        "large": (2, 8, 36, 864), "xlarge": (4, 16, 54, 1296), "2xlarge": (8, 32, 81.6, 1958.4),
    },
    ("t3", "t3a", "t4g"): {
        "nano": (2, 0.5, 6, 144), "micro": (2, 1, 12, 288), "small": (2, 2, 24, 576), "medium": (2, 4, 24, 576),
        "large": (2, 8, 36, 864), "xlarge": (4, 16, 96, 2304), "2xlarge": (8, 32, 192, 4608),
    },
}  # fmt: skip
_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16}
_GIB_A_PROCESSOR: dict[tuple[str, ...], int] = {
    ("c5", "c6i", "c6g", "c7i", "c7g"): 2, ("m5", "m6i", "m6g", "m7i", "m7g"): 4, ("r5", "r6i", "r6g", "r7i", "r7g"): 8,
}  # fmt: skip


def instance_type(name: str) -> InstanceType | None:
    """An instance type by its name, `t2.micro`; None where it is not in the table."""
    family, _, size = name.partition(".")
    for families, sizes in _BURSTABLE.items():
        if family in families and size in sizes:
            processors, gib, earned, most = sizes[size]
            return InstanceType(processors, int(gib * _GIB), earned, most)
    for families, gib_each in _GIB_A_PROCESSOR.items():
        if family in families and size in _SIZES:
            return InstanceType(_SIZES[size], _SIZES[size] * gib_each * _GIB)
    return None
