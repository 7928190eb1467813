"""Shares of processors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from kkinfra.spec.parsed import FormError, Parsed, shown
from kkinfra.spec.quantity import amount_in, wrong_sign


@dataclass(frozen=True, slots=True, order=True)
class Cpu(Parsed):
    """A share of processors, in thousandths of one: `250m` is a quarter, `1.5` is one and a half."""

    millicores: int

    PATTERN: ClassVar[str] = r"^([1-9][0-9]{0,5}m|(0|[1-9][0-9]{0,2})(\.[0-9]{1,3})?)$"
    EXAMPLES: ClassVar[tuple[str, ...]] = ("250m", "1.5")
    TITLE: ClassVar[str] = "Processors"
    MOST: ClassVar[int] = 999
    REMEDY: ClassVar[str] = "write 250m (a quarter of one) or 1.5"

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read `250m`, `1`, `1.5`, as text or as a number."""
        written = str(text) if isinstance(text, int | float) and not isinstance(text, bool) else text
        if isinstance(written, str) and re.fullmatch(cls.PATTERN, written):
            thousandths = int(written[:-1]) if written.endswith("m") else round(float(written) * 1000)
            if thousandths > 0:
                return cls(thousandths)
        raise FormError(cls._problem(text), f"is not an amount of CPU; {cls.REMEDY}")

    @classmethod
    def _problem(cls, text: object) -> str:
        amount = amount_in(text)
        if amount is None:
            return f"{shown(text)} {wrong_sign(text) or 'is not an amount of CPU'}; {cls.REMEDY}"
        number, unit = amount
        if not unit and float(number) > cls.MOST:
            thousandths = f"{int(float(number))}m for thousandths of one"
            return f"{shown(text)} is more than {cls.MOST} processors; write {thousandths}"
        if unit == "m" and float(number) % 1 == 0 and isinstance(text, str) and text != f"{number}m":
            return f"{shown(text)} has a space in it; write {number}m"
        if unit.lower().rstrip("s") in ("c", "cpu", "core", "vcpu"):
            return f"{shown(text)} has a unit; write the number alone, as in {number}"
        return f"{shown(text)} is not an amount of CPU; {cls.REMEDY}"

    @property
    def kubernetes(self) -> str:
        """A Kubernetes quantity in its canonical form: `250m`, `2`."""
        return f"{self.millicores}m" if self.millicores % 1000 else str(self.millicores // 1000)

    @property
    def cores(self) -> float:
        """The number of processors, as Compose's `cpus` takes it."""
        return self.millicores / 1000

    def __mul__(self, times: int) -> Self:
        """As many of it."""
        return type(self)(self.millicores * times)

    def __str__(self) -> str:
        """As Kubernetes writes it."""
        return self.kubernetes

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A string with a unit, or a plain number."""
        return {"anyOf": [{**super(Cpu, cls).json_schema()}, {"type": "number", "exclusiveMinimum": 0}]}
