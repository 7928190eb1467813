"""Names that a specification holds: text of one restricted form each."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from kkinfra.spec.parsed import FormError, Parsed, shown
from kkinfra.values.wrong_text import LONGEST_TRIED, fault
from kkinfra.values.yaml_errors import template_in

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""A DNS label (RFC 1123)."""


class Name(str, Parsed):
    """Text of one restricted form; what it is called and how to write it are said by each subclass."""

    __slots__ = ()
    REMEDY: ClassVar[str]
    LONGEST: ClassVar[int] = 253

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read text that matches the pattern as a whole and is not longer than LONGEST; raises FormError."""
        if isinstance(text, str) and cls.fits(text):
            return cls(text)
        raise FormError(cls.problem(text), f"is not {cls.REMEDY}")

    @classmethod
    def fits(cls, text: str) -> bool:
        """Whether a text has the form."""
        return len(text) <= cls.LONGEST and re.fullmatch(cls.PATTERN, text) is not None

    @classmethod
    def problem(cls, text: object) -> str:
        """What is wrong with a value that has not the form, and what to write."""
        noun, _, remedy = cls.REMEDY.partition("; ")
        if isinstance(text, int | float) and not isinstance(text, bool) and cls.fits(str(text)):
            return f'{shown(text)} is a number, not {noun}; write it in quotes: "{text}"'
        if not isinstance(text, str):
            return f"{shown(text)} is not {cls.REMEDY}"
        template = template_in(text)
        if template:
            return f"{shown(text)} {template}"
        cause, fixed = cls.fault(text) if len(text) <= LONGEST_TRIED else fault(text, cls.fits)
        because = f": {cause}" if cause else ""
        return f"{shown(text)} is not {noun}{because}; {f'write {fixed}' if fixed else remedy}"

    @classmethod
    def fault(cls, text: str) -> tuple[str, str]:
        """What is wrong with a text, in words; and the nearest text that fits, or nothing."""
        return fault(text, cls.fits)


class DnsLabel(Name):
    """A name that is a DNS label (RFC 1123), since it becomes an object's and a host's name."""

    PATTERN = rf"^{LABEL}$"
    TITLE = "Name"
    EXAMPLES = ("webapp", "celery-worker")
    REMEDY = "a name; write lower-case letters, digits and dashes, at most 63, with a letter or digit at each end"
    LONGEST = 63


class VariableName(Name):
    """The name of an environment variable (POSIX.1-2017, 8.1)."""

    PATTERN = r"^[A-Z_][A-Z0-9_]*$"
    TITLE = "Variable name"
    EXAMPLES = ("DJANGO_SETTINGS_MODULE",)
    REMEDY = "a variable's name; write capital letters, digits and underscores, as in DJANGO_SECRET_KEY"
    LONGEST = 128


class ModulePath(Name):
    """A Python module, as in `config`, or an object in one, as in `config.asgi:application`."""

    PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(:[A-Za-z_][A-Za-z0-9_]*)?$"
    TITLE = "Python object"
    EXAMPLES = ("config.asgi:application",)
    REMEDY = "a Python object; write module.path or module.path:object"


class ModuleObject(Name):
    """An object in a Python module, as Uvicorn takes an application."""

    PATTERN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
    TITLE = "Object in a Python module"
    EXAMPLES = ("config.asgi:application",)
    REMEDY = "an object in a Python module; write module.path:object, as in config.asgi:application"


class Version(Name):
    """A version of a program, as text: `15`, `7.4`, `1.22`."""

    PATTERN = r"^[0-9]+(\.[0-9]+){0,2}$"
    TITLE = "Version"
    EXAMPLES = ("15", "1.22")
    REMEDY = 'a version; write it in quotes, as in "15" or "1.22"'
    LONGEST = 20

    @classmethod
    def problem(cls, text: object) -> str:
        """A version without quotes is a number to YAML, of which a zero at the end would be lost."""
        if isinstance(text, int | float) and not isinstance(text, bool) and cls.fits(str(text)):
            lost = f", which is {float(text):g} to YAML" if str(text) != f"{float(text):g}" else ""
            return f'{shown(text)} is a number{lost}; write the version in quotes: "{text}"'
        if isinstance(text, str) and (fixed := fault(text, cls.fits)[1]):
            return f'{shown(text)} is not a version; write "{fixed}"'
        return f"{shown(text)} is not {cls.REMEDY}"

    @property
    def major(self) -> int:
        """The first number."""
        return int(self.partition(".")[0])

    @property
    def numbers(self) -> tuple[int, ...]:
        """All numbers, which compare as versions do."""
        return tuple(int(part) for part in self.split("."))


class AwsAccount(Name):
    """An AWS account: twelve digits, as text, since it may begin with a zero."""

    PATTERN = r"^[0-9]{12}$"
    TITLE = "AWS account"
    EXAMPLES = ("123456789012",)
    REMEDY = 'an AWS account; write its twelve digits in quotes, as in "123456789012"'
