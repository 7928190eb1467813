"""A difference as Markdown, for a comment on a pull request of GitHub."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING

from kkinfra.difference.wording import MARKS, field_lines, headline, printable, summary
from kkinfra.values.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.difference.change import Change
    from kkinfra.difference.report import Compared, Difference

LONGEST = 65_536
"""Characters of a comment; to more, GitHub answers "body is too long (maximum is 65536 characters)"."""

_TAIL, _FRAME, _LEAST = 300, 100, 2_000
"""Characters kept for the sentence at the end, for what is around the lines of a change, and for each change."""

_COUNTED = ("add", "change", "replace", "remove", "restart")


def markdown(difference: Difference, longest: int = LONGEST) -> str:
    """A table of what was asked, then each change, folded; `longest` is the most characters that it may have.

    Long changes are cut, and where that is not enough, the last ones are counted only. Nothing in it is taken for
    Markdown, HTML, a mention or a reference.
    """
    text = "\n".join(_head(difference))[: longest - _TAIL]
    room, left = longest - _TAIL - len(text), len(difference.changes)
    for change in difference.changes:
        told = _folded(change, max(room // left, _LEAST))
        if len(told) > room:
            break
        text, room, left = text + told, room - len(told), left - 1
    return text + _rest(difference, left)


def _head(difference: Difference) -> Iterator[str]:
    yield f"### kkinfra diff {_told(difference.environment)}: {_told(summary(difference))}\n"
    if difference.verdict:
        yield f"{_told(difference.verdict)}\n"
    yield f"| target | {' | '.join(_COUNTED)} | by hand | asked |"
    yield f"| --- |{' ---: |' * (len(_COUNTED) + 1)} --- |"
    yield from (_row(difference, target) for target in difference.targets)
    for note in (note for target in difference.targets for note in target.notes):
        yield f"\n{_told(note)}"
    yield ""


def _row(difference: Difference, target: Compared) -> str:
    found = [each for each in difference.changes if each.target == target.name]
    counts = Counter(each.action.removeprefix("may ") for each in found)
    figures = [*(counts[action] for action in _COUNTED), sum(each.drift for each in found)]
    asked = _told(target.asked)
    if target.problem:
        asked += f"<br>**could not be asked:** {_told(target.problem)}"
    cells = ["" if target.problem or target.left_out else str(each or "") for each in figures]
    return f"| {_told(target.name)} | {' | '.join(cells)} | {asked} |"


def _folded(change: Change, room: int) -> str:
    """A change whose fields are unfolded by a click; as many of their lines as there is room for."""
    title = f"<code>{html.escape(f'{MARKS[change.action]} {headline(change)}', quote=False)}</code>"
    lines = [line for field in change.fields for line in _diff_lines(field_lines(field))]
    if not lines:
        return f"\n<p>{title}</p>\n"
    shown = _fitting(lines, room - len(title) - _FRAME)
    if len(shown) < len(lines):
        shown.append(f"... and {len(lines) - len(shown)} more lines")
    fence = _fence(shown)
    body = "\n".join((f"{fence}diff", *shown, fence))
    return f"\n<details><summary>{title}</summary>\n\n{body}\n\n</details>\n"


def _diff_lines(lines: Iterator[str]) -> Iterator[str]:
    """As GitHub colours a `diff`: it knows `!` for a change, and needs the mark in the first column."""
    for line in lines:
        yield f"!{line[1:]}" if line.startswith("~") else line.removeprefix("  ")


def _fitting(lines: list[str], room: int) -> list[str]:
    shown: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    return shown


def _fence(lines: list[str]) -> str:
    """Longer than any run of its own that is in the text: https://spec.commonmark.org/0.31.2/#fenced-code-blocks."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    return "`" * max(3, longest + 1)


def _rest(difference: Difference, left: int) -> str:
    if not left:
        return ""
    what = f"{left} more change{'s are' if left > 1 else ' is'} not shown, since a comment holds {LONGEST:,} characters"
    return f"\n**{what}**; `kkinfra diff {difference.environment}` shows all.\n"


def _told(text: str) -> str:
    return printable(escaped(text))
