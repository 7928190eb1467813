"""What is wrong with a text that has not the form of its field, found by trying which changes would make it fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Fits = Callable[[str], bool]

_NAMED = {
    " ": "a space", "_": "an underscore", "-": "a dash", ".": "a dot", "/": "a slash", ":": "a colon", "@": "an @",
    "\t": "a tab", "\\": "a backslash",
}  # fmt: skip
_MOST_NAMED = 3
LONGEST_TRIED = 1000
_LONGEST_FIXED = 80
_MOST_TRIED = 12


def fault(text: str, fits: Fits) -> tuple[str, str]:
    """What is wrong with a text, in words; and the nearest text that fits, empty where none is found.

    `fits` says whether a text has the form.
    """
    if not text:
        return "it is empty", ""
    if len(text) > LONGEST_TRIED:
        return f"it has {len(text)} characters", ""
    fixed = next((each for each in _changes(text) if each != text and len(each) <= _LONGEST_FIXED and fits(each)), "")
    longest = _longest(text, fits)
    if longest and not fixed:
        return f"it has {len(text)} characters, and at most {longest} fit", ""
    return _cause(text, fixed, fits), fixed


def _changes(text: str) -> Iterator[str]:
    """The text as it might be meant, the smallest change first."""
    bare = text.strip()
    yield bare
    yield bare.lower()
    yield bare.upper()
    for separator in ("-", "_", ""):
        yield re.sub(r"[\s_-]+", separator, bare)
        yield re.sub(r"[\s_-]+", separator, bare.lower())
    for separator in ("-", "_"):
        joined = re.sub(r"[^A-Za-z0-9]+", separator, bare).strip(separator)
        yield from (joined, joined.lower(), joined.upper()) if bare.isascii() else ()
    yield re.sub(r"^[vV](?=[0-9])|-[a-z][a-z0-9.-]*$", "", bare)
    yield f"/{bare}"
    yield bare.rstrip("/")
    yield bare.removeprefix("./")
    yield re.sub(r"(?<=[a-z])(?=[0-9]+$)", "-", bare)
    yield re.sub(r"(?<=[0-9])(?=[a-z])", ".", bare, count=1)
    yield re.sub(r"(?<=[0-9])[a-z]$", "", bare)
    yield re.sub(r"[_-]", ".", bare, count=1)


def _longest(text: str, fits: Fits) -> int:
    """How long a text of plain letters may be, where this one is longer; 0 where its length is not what is wrong."""
    if not fits("a") or fits("a" * len(text)):
        return 0
    low, high = 1, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits("a" * middle) else (low, middle)
    return low


def _cause(text: str, fixed: str, fits: Fits) -> str:
    if text != text.strip():
        return "it begins or ends with a space"
    base = fixed or re.sub(r"[^a-z0-9]", "", text.lower())
    base = base * 3 if fits(base * 3) else base
    others = (each for each in dict.fromkeys(text[:_LONGEST_FIXED]) if each not in base)
    wrong = [each for each in others if not _allowed(each, base, fits)] if fits(base) else []
    wrong = wrong or [each for each in dict.fromkeys(text) if not each.isascii()]
    if wrong:
        return f"it holds {_listed(wrong)}"
    if fits(f"a{text}"):
        return f"it begins with {_named(text[0])}"
    if fits(f"{text}a"):
        return f"it ends with {_named(text[-1])}"
    return ""


def _allowed(character: str, base: str, fits: Fits) -> bool:
    """Whether some text that fits has the character somewhere."""
    return any(fits(f"{base[:at]}{character}{base[at:]}") for at in range(min(len(base), _MOST_TRIED) + 1))


def _listed(characters: list[str]) -> str:
    capitals = [each for each in characters if each.isascii() and each.isupper()]
    small = [each for each in characters if each.isascii() and each.islower()]
    found = ["capital letters"] if capitals else []
    found += ["small letters"] if small else []
    others = (each for each in characters if each not in capitals and each not in small)
    rest = list(dict.fromkeys(_named(each) for each in others))
    found += rest[:_MOST_NAMED]
    found += ["other characters"] if len(rest) > _MOST_NAMED else []
    return f"{', '.join(found[:-1])} and {found[-1]}" if len(found) > 1 else found[0]


def _named(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    return repr(character) if character.isprintable() else "a control character"
