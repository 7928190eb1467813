"""Texts that others wrote (logs, answers, errors), without the secrets that they may repeat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.secrets.base64_forms import base64_forms, base64_spans
from kkinfra.secrets.forms import LONGEST_FORM, forms
from kkinfra.values.secret import MASK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.values.secret import SecretText

SHORTEST = 4
"""Characters below which a secret is not masked: `1` would blind every figure, and anybody can guess it."""

SHORTEST_LINE = 8
"""Characters from which a line of a secret is masked on its own: `{` or `-----` would blind other texts."""

_LONGEST_WRITTEN, _LONGEST_BASE64 = 16, 4


def masked(text: str, secrets: Iterable[SecretText]) -> str:
    """The text with `***` for each secret, in whichever form it stands there; for many texts, keep a Mask."""
    return Mask(secrets)(text)


class Mask:
    """What puts `***` for secrets: as they are, or escaped (JSON, shell, URL, HTML), or in Base64, also inside others.

    A secret of several lines is also found line by line. What has under 4 characters is not masked. `longest` is how
    many characters a secret may have, as others write it; 0 where there is none.
    """

    def __init__(self, secrets: Iterable[SecretText]) -> None:
        texts = {text for secret in secrets for text in [secret.reveal().strip()] if len(text) >= SHORTEST}
        lines = {line.strip() for text in texts for line in text.splitlines()}
        written = texts | {line for line in lines if len(line) >= SHORTEST_LINE}
        self.__patterns = [re.compile(form) for form in sorted({form for text in written for form in forms(text)})]
        self.__in_base64 = [form for text in sorted(texts) for form in base64_forms(text)]
        self.longest = max((_as_written(len(text)) for text in texts), default=0)

    def __call__(self, text: str) -> str:
        """The text with `***` for each secret; where two overlap or touch, one `***` stands for both."""
        shown: list[str] = []
        at = 0
        for start, end in self.spans(text):
            shown += (text[at:start], MASK)
            at = end
        return "".join((*shown, text[at:]))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Return start and end of each place that is masked, in order; none of them touches another."""
        found = (span for pattern in self.__patterns for span in _spans(pattern, text))
        return _merged((*found, *base64_spans(text, self.__in_base64)))


def _as_written(length: int) -> int:
    """Return how many characters a secret of that length may have, as others write it.

    Up to 16 for each, as JSON in JSON writes letters by their numbers; Base64 is of the whole, and may be in a URL.
    """
    return max(_LONGEST_WRITTEN * min(length, LONGEST_FORM), _LONGEST_BASE64 * length)


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Every place where it stands, those that overlap included."""
    found = pattern.search(text)
    while found:
        yield found.span()
        found = pattern.search(text, found.start() + 1)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    start, end = 0, 0
    for next_start, next_end in sorted(spans):
        if next_start <= end and end:
            end = max(end, next_end)
            continue
        if end:
            yield start, end
        start, end = next_start, next_end
    if end:
        yield start, end
