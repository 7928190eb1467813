"""YAML text to a document: from libyaml's events, with the place of everything, and what is ambiguous refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self

import yaml

from kkinfra.errors import Issue, Location, SpecError
from kkinfra.values.document import Document, dotted
from kkinfra.values.foreign_file import foreign
from kkinfra.values.suggestions import shown
from kkinfra.values.yaml_errors import YamlFault, explain, template, without_colon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.values.document import Steps

MOST_VALUES = 200_000
DEEPEST = 32
_JOINED = r"[\w.-]+\s+[\[{]"
_JOINED_ALONE = r"[A-Za-z_][\w.-]*(\s+\S|:[^\s/])"

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,99})")
_ODD_CHARACTER = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_FRACTION = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*|(?=[eE])))([eE][-+]?[0-9]{1,3})?")


def parse_yaml(text: str, file: str) -> Document:
    """Parse one document, whose lines end with line feeds; raises SpecError with all that is wrong with its form."""
    return _Parser(text, file).parse()


class _Parser:
    """Builds values from libyaml's events, without recursion into C, within fixed bounds."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.lines = text.count("\n") + 1
        self.file = file
        self.issues: list[Issue] = []
        self.values: dict[Steps, tuple[int, int]] = {}
        self.keys: dict[Steps, tuple[int, int]] = {}
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        self.count = 0
        self.deepest = 0

    def parse(self) -> Document:
        value = None
        try:
            self.refuse_characters()
            value = self.document(self.events())
        except yaml.MarkedYAMLError as error:
            self.explain(error)
        except (yaml.YAMLError, ValueError) as error:
            self.refuse(None, f"cannot be read as YAML: {' '.join(str(error).split())}; write plain YAML")
        if self.issues:
            raise SpecError(sorted(set(self.issues)), self.text)
        return Document(self.file, self.text, value, self.values, self.keys)

    def refuse_characters(self) -> None:
        """Characters that YAML does not allow, or that only some readers take for the end of a line."""
        found = _ODD_CHARACTER.search(self.text)
        if found:
            at = found.start()
            place = Location(self.file, self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at))
            name = f"U+{ord(found.group()):04X}"
            problem = f"holds the character {name}, which does not belong in a YAML file; remove it"
            raise SpecError([Issue(place, "", problem)], self.text)

    def events(self) -> Iterator[Any]:
        module: Any = yaml
        loader = getattr(module, "CSafeLoader", module.SafeLoader)
        for event in module.parse(self.text, Loader=loader):
            self.count += 1
            if self.count > MOST_VALUES:
                raise self.stop(event, f"holds more than {MOST_VALUES} values; that is no specification")
            yield event

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.stop(
                        event, foreign(value) or "starts a second document; write one document, without ---"
                    )
                value = self.node(next(events), events, ())
        return value

    def node(self, event: Any, events: Iterator[Any], path: Steps) -> Any:
        self.values[path] = self.position(event.start_mark)
        self.descend(event, len(path))
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, len(path))
        self.refuse_tag(event, path)
        before, outer = self.count, self.deepest
        self.deepest = len(path)
        if isinstance(event, yaml.ScalarEvent):
            value: Any = _scalar(event.value) if event.implicit[0] else event.value
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self.sequence(events, path)
        else:
            value = self.mapping(events, path)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.count - before + 1, self.deepest - len(path))
        self.deepest = max(self.deepest, outer)
        return value

    def descend(self, event: Any, depth: int) -> None:
        self.deepest = max(self.deepest, depth)
        if depth > DEEPEST:
            raise self.stop(event, f"is nested deeper than {DEEPEST} levels; that is no specification")

    def refuse_tag(self, event: Any, path: Steps) -> None:
        if event.tag is not None:
            tag = shown(event.tag.replace("tag:yaml.org,2002:", "!!"))
            remedy = "write plain values without tags, and for a secret {env: NAME} under secrets"
            self.refuse(event.start_mark, f"has the tag {tag}, which is not read; {remedy}", path)

    def alias(self, event: Any, depth: int) -> Any:
        if event.anchor not in self.anchors:
            self.refuse(event.start_mark, f"*{event.anchor} refers to no anchor; define &{event.anchor} before it")
            return None
        value, size, height = self.anchors[event.anchor]
        self.descend(event, depth + height)
        self.count += size
        if self.count > MOST_VALUES:
            raise self.stop(
                event, f"aliases expand to more than {MOST_VALUES} values; write the values, or use extends"
            )
        return value

    def sequence(self, events: Iterator[Any], path: Steps) -> list[Any]:
        values: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self.node(event, events, (*path, len(values))))
        return values

    def mapping(self, events: Iterator[Any], path: Steps) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise self.stop(event, self.not_a_key(event))
            key = event.value
            here = (*path, key)
            self.refuse_tag(event, here)
            if key == "<<" and event.implicit[0]:
                remedy = "write the fields here, or share them among environments: use extends"
                self.refuse(event.start_mark, f"merge keys (<<) are not part of YAML 1.2; {remedy}", path)
            if key in values:
                first = self.keys[here][0]
                self.refuse(event.start_mark, f"is written twice, first on line {first}; remove one of them", here)
            self.keys[here] = self.position(event.start_mark)
            following = next(events)
            self.refuse_joined(event, following)
            values[key] = self.node(following, events, here)
        return values

    def not_a_key(self, event: Any) -> str:
        """What is wrong where a key should be, and a list, a mapping or an alias is."""
        at = event.start_mark.index if event.start_mark.index is not None else 0
        if re.compile(r"\{\{.*?\}\}").match(self.text, max(at - 1, 0)):
            return f"is {template('{{')}"
        return "is not a key; write a name followed by a colon (quote it if it starts with * or &)"

    def refuse_joined(self, key: Any, value: Any) -> None:
        """A key without its colon, which YAML takes together with its value: `redis  {version` and `memory:64MB`."""
        is_empty = getattr(value, "value", None) == "" and value.implicit[0]
        if not key.implicit[0] or not re.match(_JOINED_ALONE if is_empty else _JOINED, key.value):
            return
        line, column = self.position(key.start_mark)
        found = without_colon(key.value)
        if found:
            self.issues.append(Issue(Location(self.file, line, column + found[0] - 1), "", found[1]))

    def refuse(self, mark: Any, problem: str, path: Steps = ()) -> None:
        line, column = self.position(mark)
        self.issues.append(Issue(Location(self.file, line, column), dotted(path), problem))

    def position(self, mark: Any) -> tuple[int, int]:
        """Line and column of a mark; libyaml counts one line too many at the end of a file without a line end."""
        if mark is None:
            return 1, 1
        if mark.line < self.lines:
            return mark.line + 1, mark.column + 1
        return self.lines, len(self.text) - self.text.rfind("\n")

    def stop(self, event: Any, problem: str) -> SpecError:
        self.refuse(event.start_mark, problem)
        return SpecError(sorted(set(self.issues)), self.text)

    def explain(self, error: Any) -> None:
        """Refuse what libyaml cannot read, where it is to be corrected."""
        place = self.position(error.problem_mark or error.context_mark)
        opened = self.position(error.context_mark) if error.context and error.context_mark else None
        fault = YamlFault(self.text, error.problem or "cannot be read", place, error.context or "", opened)
        (line, column), problem = explain(fault)
        self.issues.append(Issue(Location(self.file, line, column), "", problem))


class WrittenFloat(float):
    """A number with a fraction, which prints as it was written: a version 1.10 is not 1.1."""

    __slots__ = ("written",)
    written: str

    def __new__(cls, written: str) -> Self:
        """Keep the text."""
        number = super().__new__(cls, written)
        number.written = written
        return number

    def __str__(self) -> str:
        """The text."""
        return self.written


def _scalar(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOLEAN:
        return _BOOLEAN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return WrittenFloat(text)
    return text
