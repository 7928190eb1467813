"""Standard input, output and error of this process, fit for use whatever it was started with."""

from __future__ import annotations

import codecs
import io
import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPED = "kkinfra"
"""How what cannot be encoded is written, as a name for `codecs`."""

_problems: list[OSError] = []
"""What standard output did not take; some callers, as argparse, keep it to themselves."""


def prepare() -> None:
    """Put something in place of a stream that is closed, and let no character be one that cannot be written.

    What is in place of standard input and output fails when it is used; otherwise a file that is opened later would
    be taken for it. A character that the encoding lacks is written as an escape, and a path as the bytes that it is.
    """
    codecs.register_error(_ESCAPED, _escaped)
    for name, descriptor, mode, flags in _closed():
        opened = os.open(os.devnull, flags)
        if opened != descriptor:
            os.dup2(opened, descriptor)
            os.close(opened)
        setattr(sys, name, open(descriptor, mode, encoding="utf-8", closefd=False))  # noqa: SIM115 - to the end
    sys.stdout = _watched(sys.stdout)
    sys.stderr.reconfigure(errors=_ESCAPED)  # type: ignore[union-attr]


def output_problem() -> OSError | None:
    """Why standard output did not take something that was printed; None where it took all."""
    problem = _flush(sys.stdout)
    return _problems[0] if _problems else problem


def finish() -> None:
    """Write what is buffered; what a stream does not take is dropped, so that the interpreter's exit says nothing."""
    for stream in (sys.stdout, sys.stderr):
        if _flush(stream):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _closed() -> Iterator[tuple[str, int, str, int]]:
    for name, descriptor, mode, flags in (
        ("stdin", 0, "r", os.O_WRONLY), ("stdout", 1, "w", os.O_RDONLY), ("stderr", 2, "w", os.O_WRONLY),
    ):  # fmt: skip
        if getattr(sys, name) is None:
            yield name, descriptor, mode, flags


def _escaped(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    try:
        return text.encode("ascii", "surrogateescape"), error.end
    except UnicodeEncodeError:
        return codecs.backslashreplace_errors(error)


class _Watched(io.FileIO):
    """A stream that remembers what it did not take."""

    def write(self, content: Any) -> int:
        try:
            return super().write(content)
        except OSError as error:
            _problems.append(error)
            raise


def _watched(stream: Any) -> TextIO:
    raw = _Watched(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        raw if stream.write_through else io.BufferedWriter(raw),
        encoding=stream.encoding, errors=_ESCAPED,
        line_buffering=stream.line_buffering, write_through=stream.write_through,
    )  # fmt: skip


def _flush(stream: TextIO) -> OSError | None:
    try:
        stream.flush()
    except OSError as error:
        return error
    return None
