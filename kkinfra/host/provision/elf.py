"""The processor that a program is for, from the first bytes of its file: elf(5)."""

from __future__ import annotations

_PROCESSORS = {3: "i686", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64"}
_MAGIC, _MACHINE = b"\x7fELF", 18


def processor(program: bytes) -> str:
    """Its processor as uname(1) calls it; empty where the file is no program for Linux."""
    if not program.startswith(_MAGIC) or len(program) < _MACHINE + 2:
        return ""
    number = int.from_bytes(program[_MACHINE : _MACHINE + 2], "big" if program[5] == 2 else "little")  # noqa: PLR2004
    return _PROCESSORS.get(number, f"processor {number} of elf(5)")
