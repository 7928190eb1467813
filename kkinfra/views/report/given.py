"""A difference that somebody else asked for: the document of `kkinfra diff -o json`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from kkinfra.difference.as_json import VERSION
from kkinfra.errors import KkinfraError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Read(BaseModel):
    """Keys that come later are no error."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class GivenField(_Read):
    """A field; a value that is not there is not set, since null is one."""

    path: str
    before: Any = None
    after: Any = None
    note: str = ""
    lines: tuple[str, ...] = ()

    @property
    def told(self) -> Iterator[str]:
        """What it was and will be, or the lines that differ."""
        yield from self.lines
        for mark, name in (("-", "before"), ("+", "after")):
            if name in self.model_fields_set:
                yield f"{mark} {json.dumps(getattr(self, name), ensure_ascii=False)}"


class GivenChange(_Read):
    """One thing that differs."""

    target: str
    identity: str
    action: str
    drift: bool
    note: str = ""
    fields: tuple[GivenField, ...] = ()


class GivenTarget(_Read):
    """Something that was asked, or could not be."""

    name: str
    problem: str = ""
    left_out: bool = False
    notes: tuple[str, ...] = ()


class GivenDifference(_Read):
    """The whole document (docs/difference.schema.json)."""

    version: Literal[1]
    environment: str
    verdict: str
    targets: tuple[GivenTarget, ...]
    changes: tuple[GivenChange, ...]


def read_difference(text: str, name: str) -> GivenDifference:
    """Read a document; raises KkinfraError where it is none, or one of another version than VERSION."""
    try:
        return GivenDifference.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, first["loc"])) or "the document"
        raise KkinfraError(
            f"{name} is no difference (version {VERSION}): {at}: {first['msg']}; write it with"
            f" `kkinfra diff ENV -o json > {name}`"
        ) from error
