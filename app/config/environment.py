"""Typed reading of variables and of secret files; whatever is wrong is reported at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TRUE = ("1", "true", "yes", "on")
FALSE = ("0", "false", "no", "off")


@dataclass(frozen=True)
class Secret:
    """A text that prints as `***`; `reveal()` gives it."""

    _text: str = field(repr=False)

    def __str__(self) -> str:
        return "***"

    def __repr__(self) -> str:
        return "Secret('***')"

    def __bool__(self) -> bool:
        return bool(self._text)

    def reveal(self) -> str:
        """Return the text itself."""
        return self._text


@dataclass
class Environment:
    """The variables of a process.

    `NAME` is read from the variable `NAME`, or from the file that `NAME_FILE` names, where Compose and Kubernetes
    mount secrets. What is empty counts as absent. A reading that fails notes a problem and goes on with a
    stand-in, so that `check()` can report all of them together. `default=None` means that there must be one.
    """

    variables: Mapping[str, str]
    problems: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text."""
        if found := self._find(name):
            return found
        if default is None and not self._reported(name):
            self.problems.append(f"{name} is absent. {remedy(name)}")
        return default or ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return whether something is on."""
        found = self.text(name, str(default)).lower()
        if found not in TRUE + FALSE:
            self.problems.append(f"{name} is {found!r}. Write true or false.")
        return found in TRUE

    def number(self, name: str, default: int, least: int = 0, most: int = 2**31) -> int:
        """Return a whole number from `least` to `most`."""
        found = self.text(name, str(default))
        if not found.isdecimal() or not least <= int(found) <= most:
            self.problems.append(f"{name} is {found!r}. Write a whole number from {least} to {most}.")
            return default
        return int(found)

    def choice(self, name: str, options: Sequence[str], default: str) -> str:
        """Return one of `options`."""
        found = self.text(name, default)
        if found not in options:
            self.problems.append(f"{name} is {found!r}. Write one of: {', '.join(options)}.")
            return default
        return found

    def words(self, name: str, default: str | None = None) -> list[str]:
        """Return the parts of a text with commas."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def secret(self, name: str, default: str | None = None, shortest: int = 1) -> Secret:
        """Return a secret of at least `shortest` characters."""
        found = self.text(name, default)
        if found and len(found) < shortest:
            self.problems.append(f"{name} has {len(found)} characters. It needs {shortest} at least.")
        self._keep(found)
        return Secret(found)

    def url(
        self, name: str, schemes: Sequence[str], default: str | None = None, *, whole_is_secret: bool = False
    ) -> str:
        """Return an address with one of the schemes. It may hold a password, so no message repeats it."""
        found = self.text(name, default)
        parts = split(found)
        if found and found != default and (parts is None or parts.scheme not in schemes):
            self.problems.append(f"{name} is not an address. Write one that begins with {' or '.join(schemes)}://.")
        self._keep(found if whole_is_secret else (parts and parts.password) or "")
        return found

    def check(self) -> None:
        """Stop the start if anything was wrong.

        Raises:
            ImproperlyConfigured: with every problem on a line of its own.
        """
        if self.problems:
            raise ImproperlyConfigured("\n".join(["The product cannot start:", *(f"- {p}" for p in self.problems)]))

    def _find(self, name: str) -> str:
        """Return what `NAME` or the file of `NAME_FILE` holds; nothing if neither does."""
        direct, path = self.variables.get(name, ""), self.variables.get(f"{name}_FILE", "")
        if direct and path:
            self.problems.append(f"{name} and {name}_FILE are both set. Keep one of them.")
        return direct or (self._read(name, path) if path else "")

    def _read(self, name: str, path: str) -> str:
        """Return what a file holds, without the line's end that editors leave."""
        try:
            found = Path(path).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.problems.append(f"{name}_FILE: {path} cannot be read: {reason}. {remedy(name)}")
            return ""
        if not found:
            self.problems.append(f"{name} is absent: the file {path} is empty. {remedy(name)}")
        return found

    def _reported(self, name: str) -> bool:
        """Return whether a problem of this variable is known already."""
        return any(problem.startswith((f"{name} ", f"{name}_FILE")) for problem in self.problems)

    def _keep(self, found: str) -> None:
        """Remember a secret, so that logs can leave it out."""
        if found:
            self.secrets.append(found)


def split(address: str) -> SplitResult | None:
    """Return the parts of an address, or nothing if it has no host or cannot be read."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - a port that is no number is found only when it is asked for
    except ValueError:
        return None
    return parts if parts.hostname else None


def remedy(name: str) -> str:
    """Return what to do about a variable that is absent."""
    return f"Set it, or set {name}_FILE to the path of a file that holds it."
