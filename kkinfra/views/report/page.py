"""The page, from its template: the one module that needs Jinja."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.errors import KkinfraError
from kkinfra.system import extras

if TYPE_CHECKING:
    from collections.abc import Mapping


def page(contents: Mapping[str, Any]) -> str:
    """The document; whatever is not markup already is escaped. Raises KkinfraError where Jinja is not installed."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise KkinfraError(f"the report needs Jinja ({error}); {extras.remedy('report')}") from error
    jinja = Environment(
        loader=PackageLoader("kkinfra.views.report", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    return jinja.get_template("report.html").render(contents)
