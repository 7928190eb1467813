"""Quantities in the form that the server keeps them in: `1024Mi` becomes `1Gi`, `1000m` becomes `1`.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from fractions import Fraction

_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?")
_DECIMAL = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E")
_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


def amount(text: object) -> Fraction:
    """The number that a quantity is; ValueError where it is none."""
    number, suffix = _parts(str(text))
    if suffix in _BINARY:
        return number * 1024 ** _BINARY.index(suffix)
    if suffix[0] in "eE" and suffix[1:]:
        return number * Fraction(10) ** int(suffix[1:])
    return number * Fraction(1000) ** (_DECIMAL.index(suffix) - 3)


def _parts(text: str) -> tuple[Fraction, str]:
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Fraction(found[1]), found[2] or ""


def canonical(text: object) -> str:
    """With the greatest suffix that leaves a whole number; text that is no quantity stays."""
    try:
        value, suffix = amount(text), _parts(str(text))[1]
    except ValueError:
        return str(text)
    if value == 0:
        return "0"
    if suffix in _BINARY[1:] and abs(value) >= 1024:
        return _greatest(value, [(name, Fraction(1024) ** power) for power, name in enumerate(_BINARY)])
    return _greatest(value, [(name, Fraction(1000) ** power) for power, name in enumerate(_DECIMAL, start=-3)])


def _greatest(value: Fraction, units: list[tuple[str, Fraction]]) -> str:
    for name, unit in reversed(units):
        if (value / unit).denominator == 1:
            return f"{value / unit}{name}"
    return str(float(value))
