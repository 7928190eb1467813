"""The words of the comparison, and of the report, in one file for each language: `words/LANGUAGE.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kkinfra.errors import KkinfraError
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.views.comparison.row import Phrase

LANGUAGES = ("en", "ko")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The phrases of a language by dotted key; `{name}` in one stands for a value."""

    language: str
    phrases: Mapping[str, str]

    @classmethod
    def load(cls, language: str, package: str = "kkinfra.views.comparison") -> Self:
        """Read the file of one of LANGUAGES, which is part of a package; raises KkinfraError for another language."""
        import tomllib
        from importlib.resources import files

        if language not in LANGUAGES:
            raise KkinfraError(f"there are no words in {language!r}; the languages are: {', '.join(LANGUAGES)}")
        text = (files(package) / "words" / f"{language}.toml").read_text(encoding="utf-8")
        return cls(language, dict(_flat(tomllib.loads(text))))

    def say(self, phrase: Phrase) -> str:
        """A phrase with its values."""
        if phrase.otherwise and phrase.key not in self.phrases:
            return phrase.otherwise
        return self.phrases[phrase.key].format_map(phrase.values)

    def word(self, key: str) -> str:
        """A phrase that has no values."""
        return self.phrases[key]


def _flat(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if is_mapping(value):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
