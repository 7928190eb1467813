"""What is wrong with the form of a YAML text: libyaml's finding, as a place and words that say what to write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Place = tuple[int, int]
"""Line and column, from 1."""

Found = tuple[Place, str]

_TEMPLATE = re.compile(r"\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)|<%.*?(?:%>|$)|\$\{[^}]*\}?|%[A-Za-z_]\w*%")
_VARIABLE = re.compile(r"\$\([^)]*\)?|\$[A-Za-z_]\w*")
_TEMPLATES = {
    "{{": "a template {{ }}", "{%": "a template {% %}", "<%": "a template <% %>", "${": "a variable ${ }",
    "$(": "a command $( )", "$": "a variable $", "%": "a variable % %",
}  # fmt: skip
_COLON = re.compile(r":(?:\s|$)")
_WORD = r"(?P<lead>\s*(?:- +)*)(?P<key>[A-Za-z_][\w.-]*)"
_NO_COLON = re.compile(_WORD + r"(?:\s+(?P<value>\S.*?))?\s*")
_NO_SPACE = re.compile(_WORD + r":(?P<value>[^\s/].*?)\s*")
_ONE = 2
_MOST_SEARCHED = 1000
_PAIRS = {"[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class YamlFault:
    """What libyaml found: the problem and its place, and what it was reading, with the place where that begins."""

    text: str
    problem: str
    at: Place
    context: str = ""
    opened: Place | None = None

    def line(self, number: int) -> str:
        """The text of a line, which counts from 1; empty beyond the end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def line_before(self, number: int) -> int:
        """The nearest line before one that is neither blank nor a comment; 0 where there is none."""
        before = range(number - 1, 0, -1)
        return next((each for each in before if self.line(each).split("#")[0].strip()), 0)


def explain(fault: YamlFault) -> Found:
    """The place to correct, and what is wrong there."""
    for rule in _RULES:
        found = rule(fault)
        if found:
            return found
    opened = f", {fault.context} that starts on line {fault.opened[0]}" if fault.opened else ""
    return fault.at, f"is not YAML: {fault.problem}{opened}; check quotes, colons and indentation here"


def template_in(text: str) -> str:
    """What is wrong with a text that holds a template or a variable, `{{ x }}` or `${X}`; empty where it holds none."""
    start = text[:_MOST_SEARCHED]
    found = _TEMPLATE.search(start) or _VARIABLE.search(start)
    return f"holds {template(found.group())}" if found else ""


def template(written: str) -> str:
    """The kind of a template, without what stands in it, and what to write."""
    opening = next(each for each in _TEMPLATES if written.startswith(each))
    return f"{_TEMPLATES[opening]}, but a spec has no templates and no variables; write the value itself"


def without_colon(line: str) -> tuple[int, str] | None:
    """Column and problem of a line in which the colon, or the space after it, is missing."""
    stripped = line.split(" #", maxsplit=1)[0].rstrip()
    found = _NO_SPACE.fullmatch(stripped)
    if found:
        return found.end("key") + 1, f"a space is missing after the colon; write {found['key']}: and then the value"
    found = _NO_COLON.fullmatch(stripped)
    if found and not _COLON.search(re.sub(r"[{\[\"'].*", "", stripped)):
        key = found["key"]
        return found.end("key") + 1, f"a colon is missing after {key}; write {key}: and then the value"
    return None


def _tab(fault: YamlFault) -> Found | None:
    line, column = fault.at
    written = fault.line(line)
    if "\t" in written[: _indent(written)] or written[column - 1 : column] == "\t":
        return fault.at, "is indented with a tab; indent with spaces only"
    return None


def _template(fault: YamlFault) -> Found | None:
    line, column = fault.at
    written = fault.line(line)
    for found in _TEMPLATE.finditer(written):
        is_quoted = written.count('"', 0, found.start()) % 2 or written.count("'", 0, found.start()) % 2
        if not is_quoted and found.start() < column <= found.end() + 1:
            return (line, found.start() + 1), f"is {template(found.group())}"
    return None


def _after_the_end(fault: YamlFault) -> Found | None:
    if "<document start>" in fault.problem:
        remedy = "check brackets and indentation above, or remove what follows"
        return fault.at, f"goes on after the document's end; {remedy}"
    return None


def _first_character(fault: YamlFault) -> Found | None:
    is_alias = "alias" in fault.context or "anchor" in fault.context
    if not is_alias and "cannot start any token" not in fault.problem:
        return None
    line, column = fault.opened if is_alias and fault.opened else fault.at
    character = fault.line(line)[column - 1 : column]
    return (line, column), f"a value cannot begin with {character!r} in YAML; put the value in quotes"


def _quote(fault: YamlFault) -> Found | None:
    if "quoted scalar" not in fault.context or not fault.opened:
        return None
    if "end of stream" in fault.problem or "document indicator" in fault.problem:
        quote = fault.line(fault.opened[0])[fault.opened[1] - 1 : fault.opened[1]]
        return fault.opened, f"is not YAML: the quote that opens here is not closed; close the value with {quote}"
    remedy = "put the value in single quotes, in which a backslash is plain"
    return fault.at, f"is not YAML: {fault.problem}, since a backslash begins an escape in double quotes; {remedy}"


def _bracket(fault: YamlFault) -> Found | None:
    if not fault.opened or "depth" in fault.problem or not re.search("flow|node", fault.context):
        return None
    line, column = fault.opened
    opening = fault.line(line)[column - 1 : column]
    character = fault.line(fault.at[0])[fault.at[1] - 1 : fault.at[1]]
    if character in ("}", "]") and opening == character:
        return fault.at, f"{character} closes no bracket; remove it"
    if opening not in _PAIRS:  # the end of the text, where a value is expected
        line, column = _unclosed(fault.text) or fault.at
        opening = fault.line(line)[column - 1 : column]
    closing = _PAIRS.get(opening, "a bracket")
    if character in ("}", "]") and character != closing:
        return fault.at, f"closes the {opening} of line {line} with {character}; write {closing}"
    if character and (fault.at[0] == line or _unclosed(fault.text) is None):
        return fault.at, f"a comma is missing before this place, or a {closing}; write one between two entries"
    return (line, column), f"is not YAML: the {opening} that opens here is not closed; close it with {closing}"


def _unclosed(text: str) -> Place | None:
    """The place of the last bracket that is open at the end of a text."""
    opened: list[int] = []
    for found in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|(?:^|\s)#[^\n]*|[\[\]{}]", text):
        if found.group() in _PAIRS:
            opened.append(found.start())
        elif found.group() in ("]", "}") and opened:
            opened.pop()
    if not opened:
        return None
    return text.count("\n", 0, opened[-1]) + 1, opened[-1] - text.rfind("\n", 0, opened[-1])


def _list(fault: YamlFault) -> Found | None:
    if "sequence entries are not allowed" in fault.problem:
        remedy = "write [a, b] behind the key, or each '- ' on a line of its own below"
        return fault.at, f"a list cannot begin here; {remedy}"
    if "'-' indicator" in fault.problem:
        remedy = "begin each entry with '- ', or leave the dashes out"
        return fault.at, f"is not an entry of the list that starts on line {(fault.opened or fault.at)[0]}; {remedy}"
    return None


def _colon(fault: YamlFault) -> Found | None:
    """A line without its colon: the line itself, the one that libyaml took for a key, or the one before."""
    if "quoted scalar" in fault.context or "flow" in fault.context:
        return None
    lines = [fault.at[0]]
    if fault.opened and "simple key" in fault.context:
        lines = [fault.opened[0]]
    elif "mapping values" in fault.problem and not _COLON.search(fault.line(fault.at[0])[: fault.at[1] - 1]):
        lines = [fault.line_before(fault.at[0])]
    for line in lines:
        if "block" in fault.context and fault.line(line).lstrip().startswith("- "):
            continue
        found = without_colon(fault.line(line))
        if found:
            return (line, found[0]), found[1]
    return None


def _colon_without_value(fault: YamlFault) -> Found | None:
    if "unexpected ':'" not in fault.problem:
        return None
    return fault.at, "the colon is followed by neither a space nor a value; write a space and the value behind it"


def _colon_in_value(fault: YamlFault) -> Found | None:
    line, column = fault.at
    if "mapping values" not in fault.problem:
        return None
    before = _COLON.search(fault.line(line)[: column - 1])
    if before:
        return fault.at, "is not YAML: the value has a colon followed by a space; put the value in quotes"
    above = fault.line_before(line)
    remedy = f"begin it in column {_indent(fault.line(above)) + 1}, or leave that value out"
    return (line, _indent(fault.line(line)) + 1), f"is indented below line {above}, which has a value already; {remedy}"


def _indentation(fault: YamlFault) -> Found | None:
    line, column = fault.at
    if "block mapping" not in fault.context or not fault.opened:
        return None
    written = fault.line(line)
    if written[column - 1 : column] in ("}", "]"):
        return fault.at, f"{written[column - 1]} closes no bracket; remove it"
    if _indent(written) != column - 1:
        remedy = "put the whole value in one pair of quotes"
        return fault.at, f"is not YAML: text follows after a closing quote or bracket; {remedy}"
    if written[column - 1 : column + 1].strip() == "-":
        return fault.at, f"is an entry of a list among the keys that start on line {fault.opened[0]}; remove the dash"
    problem = f"is indented by {column - 1} space{'' if column == _ONE else 's'}, as no key around it"
    return fault.at, f"{problem}; begin all keys of one mapping in the same column"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


_RULES: tuple[Callable[[YamlFault], Found | None], ...] = (
    _tab, _template, _after_the_end, _first_character, _quote, _bracket, _list, _colon, _colon_without_value,
    _colon_in_value, _indentation,
)  # fmt: skip
