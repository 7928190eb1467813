"""Plain values as YAML that every reader reads alike.

Kubernetes reads YAML with ideas of version 1.1 (`on`, `yes`, `1e3`, `0x1f`, `1:30` are no text
there), other tools read 1.2. A text is therefore written without quotes only where it can be nothing
else, and with double quotes everywhere else. Several lines become a literal block.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_type: Callable[[Any], Any] = type

_PLAIN = re.compile(
    r"(?:(?:--?[A-Za-z]|[A-Za-z_/])(?:[A-Za-z0-9_./@%+=~,()$^*-]|:(?=[^\s])|\ (?=[^\s#]))*"
    r"|[0-9]+(?:[KMGT]i|[kMGTmshd]|[kKMGT]i?B))",
    re.ASCII,
)
_KEYWORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNFIT_FOR_BLOCK = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff\U00010000-\U0010ffff]"
)
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]')
_LONGEST_KEY = 120


def document(value: Any) -> str:
    """One document, ending with a newline. Mappings keep their order; tuples are lists."""
    lines: list[str] = []
    if _type(value) is dict and value:
        _mapping(value, "", "", lines.append)
    elif _type(value) in (list, tuple) and value:
        _sequence(value, "", "", lines.append)
    else:
        _value(value, "", "  ", lines.append)
    return "".join(lines)


def stream(values: Iterable[Any]) -> str:
    """Several documents, separated by `---`."""
    return "---\n".join(document(value) for value in values)


def _mapping(mapping: dict[str, Any], lead: str, indent: str, write: Any) -> None:
    """`lead` starts the first line, `indent` every further one."""
    for key, value in mapping.items():
        name = scalar(key)
        if len(name) > _LONGEST_KEY:
            write(f"{lead}? {name}\n")
            lead, name = indent, ""
        kind = _type(value)
        if kind is str and "\n" not in value:
            write(f"{lead}{name}: {scalar(value)}\n")
        elif kind is dict and value:
            write(f"{lead}{name}:\n")
            inner = indent + "  "
            _mapping(value, inner, inner, write)
        elif (kind is list or kind is tuple) and value:
            write(f"{lead}{name}:\n")
            _sequence(value, indent, indent, write)
        else:
            _value(value, f"{lead}{name}: ", f"{indent}  ", write)
        lead = indent


def _sequence(values: Iterable[Any], lead: str, indent: str, write: Any) -> None:
    inner = indent + "  "
    for value in values:
        kind = _type(value)
        if kind is dict and value:
            _mapping(value, f"{lead}- ", inner, write)
        elif (kind is list or kind is tuple) and value:
            _sequence(value, f"{lead}- ", inner, write)
        else:
            _value(value, f"{lead}- ", inner, write)
        lead = indent


def _value(value: Any, lead: str, indent: str, write: Any) -> None:
    if isinstance(value, str):
        _text(str(value), lead, indent, write)
    elif value is None:
        write(f"{lead}null\n")
    elif isinstance(value, bool):
        write(f"{lead}{'true' if value else 'false'}\n")
    elif isinstance(value, int):
        write(f"{lead}{int(value)}\n")
    elif isinstance(value, float):
        write(f"{lead}{_number(value)}\n")
    elif is_mapping(value) and not value:
        write(f"{lead}{{}}\n")
    elif is_list(value) and not value:
        write(f"{lead}[]\n")
    else:
        raise TypeError(f"cannot write {type(value).__name__} as YAML")


def _text(text: str, lead: str, indent: str, write: Any) -> None:
    if "\n" in text and _is_block(text):
        body = text.removesuffix("\n")
        write(f"{lead}{'|' if text.endswith(chr(10)) else '|-'}\n")
        write("".join(f"{indent}{line}\n" if line else "\n" for line in body.split("\n")))
    else:
        write(f"{lead}{scalar(text)}\n")


def _is_block(text: str) -> bool:
    """Whether a literal block keeps the text exactly: no odd characters, and text on its first and last line."""
    return (
        _UNFIT_FOR_BLOCK.search(text) is None
        and not text.endswith("\n\n")
        and text not in ("", "\n")
        and not text.startswith(("\n", "\t", " "))
        and not any(line != line.rstrip() for line in text.split("\n"))
    )


def _number(value: float) -> str:
    """A float that YAML 1.1 reads as one too: with a dot, and with a sign after the e."""
    if not math.isfinite(value):
        raise TypeError(f"cannot write {value} as YAML")
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        mantissa = mantissa if "." in mantissa else f"{mantissa}.0"
        return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"
    return text


@lru_cache(maxsize=65536)
def scalar(text: str) -> str:
    """A text on one line, in double quotes unless it can be nothing but text."""
    if _PLAIN.fullmatch(text) and text.lower() not in _KEYWORDS:
        return str(text)
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return _ESCAPES.get(character) or (
        f"\\x{ord(character):02x}" if character <= "\xff" else f"\\u{ord(character):04x}"
    )


def inline(value: Any) -> str:
    """A value on one line, as a message or a table shows it: `{count: 2, cpu: "4"}`."""
    if is_mapping(value):
        return "{" + ", ".join(f"{key}: {inline(each)}" for key, each in value.items()) + "}"
    if is_list(value):
        return "[" + ", ".join(inline(each) for each in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value) if isinstance(value, float) else str(int(value))
    if value is None:
        return "null"
    text = str(value)
    return f'"{text}"' if re.search(r"[,\[\]{}]", text) and '"' not in text else scalar(text)
