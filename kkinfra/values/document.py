"""YAML text to plain values, every one of which knows its line and column.

Scalars follow the core schema of YAML 1.2, so `on` and `yes` are text; `010` and `0x1f`, which readers
take for different numbers, are text too. What could be meant in two ways (duplicate keys, tags, merge
keys, several documents) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.errors import Issue, Location, SpecError
from kkinfra.values.suggestions import LONGEST_SHOWN, shown

if TYPE_CHECKING:
    from pathlib import Path

Steps = tuple[str | int, ...]
"""A path in a document: keys of mappings and indexes of lists."""

LARGEST_FILE = 8 * 2**20
_SNIFFED = 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file. `value` is plain; `values` and `keys` give line and column (from 1) by path."""

    file: str
    text: str
    value: Any
    values: dict[Steps, tuple[int, int]] = field(repr=False)
    keys: dict[Steps, tuple[int, int]] = field(repr=False)

    def place(self, path: Steps, *, key: bool = False) -> Location:
        """Where the value (or its key) at `path` is written, or the nearest thing around it."""
        while path:
            at = (self.keys.get(path) if key else None) or self.values.get(path) or self.keys.get(path)
            if at:
                return Location(self.file, *at)
            path = path[:-1]
        return Location(self.file, *self.values.get((), (1, 1)))


def read_text(path: Path, name: str) -> str:
    """The text of a file; raises SpecError where there is none to be read."""
    raw = _read(path, name).removeprefix(b"\xef\xbb\xbf")
    whole, start = Location(name), Location(name, 1, 1)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _unreadable(start, "is not text in UTF-8, but in UTF-16, as PowerShell writes it; save the file as UTF-8")
    if len(raw) > LARGEST_FILE:
        raise _unreadable(whole, f"is larger than {LARGEST_FILE // 2**20} MiB; that is no specification")
    if b"\0" in raw[:_SNIFFED]:
        raise _unreadable(start, "is a binary file, not text; name the YAML file with --spec FILE")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode().replace("\r\n", "\n").replace("\r", "\n")
        place = Location(name, before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise _unreadable(place, "is not text in UTF-8; save the file as UTF-8") from error


def _read(path: Path, name: str) -> bytes:
    whole = Location(name)
    try:
        if path.is_dir():
            raise _unreadable(whole, "is a directory; name the YAML file in it")
        if path.exists() and not path.is_file():
            raise _unreadable(whole, "is a pipe or a device, and is read more than once; write it to a file")
        with path.open("rb") as stream:
            return stream.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        remedy = "write one with `kkinfra init`, or name it with --spec FILE"
        raise _unreadable(whole, f"does not exist; {remedy}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _unreadable(whole, f"cannot be read: {reason}; check its path and permissions") from error


def _unreadable(place: Location, problem: str) -> SpecError:
    return SpecError([Issue(place, "", problem)])


def parse(text: str, file: str) -> Document:
    """Parse one YAML document; raises SpecError with all that is wrong with its form.

    Line ends are made line feeds first, so that lines are counted as editors count them.
    """
    from kkinfra.values.yaml_parser import parse_yaml

    return parse_yaml(text.replace("\r\n", "\n").replace("\r", "\n"), file)


def dotted(path: Steps) -> str:
    """`environments.alpha.stack.webapp.queues[0]`; what is no plain word is quoted, on one line."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{_word(step)}" for step in path]
    return "".join(parts).removeprefix(".")


def _word(key: str) -> str:
    return key if key.isprintable() and key and " " not in key and len(key) <= LONGEST_SHOWN else shown(key)
