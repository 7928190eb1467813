"""What every type has in common that is written as text in the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic_core import core_schema

from kkinfra.values.suggestions import shown

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

__all__ = ["FormError", "Parsed", "shown"]


class FormError(ValueError):
    """A text has not the form of its field. `rule` says what the form is and repeats nothing of the text."""

    def __init__(self, problem: str, rule: str) -> None:
        super().__init__(problem)
        self.rule = rule


class Parsed:
    """A type that is written as text in the specification, and checked by its own `parse`.

    A text that is not of its form raises FormError with what is wrong and what to write; the loader adds the place.
    """

    PATTERN: ClassVar[str]
    EXAMPLES: ClassVar[tuple[str, ...]]
    TITLE: ClassVar[str]

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read the text form; raises FormError with the remedy."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Validate by `parse`, serialise by `str` (a number stays one), and describe as a string with a pattern."""
        as_number = core_schema.plain_serializer_function_ser_schema(int)
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=as_number if issubclass(cls, int) else core_schema.to_string_ser_schema(),
            metadata={"pydantic_js_functions": [cls._describe]},
        )

    @classmethod
    def _describe(cls, _schema: Any, _handler: Any) -> dict[str, Any]:
        return cls.json_schema()

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The draft-7 form of the text."""
        return {"type": "string", "pattern": cls.PATTERN, "title": cls.TITLE, "examples": list(cls.EXAMPLES)}
