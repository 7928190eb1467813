"""Text in Markdown, as GitHub renders it."""

from __future__ import annotations

import html
import re

_SPECIAL = re.compile(r"[\\`*_{}\[\]#|~@$]")


def escaped(text: str) -> str:
    """Text in a line of Markdown: no markup, and no mention or reference, which GitHub finds behind entities, too."""
    plain = html.escape(" ".join(text.split()), quote=False)
    told = _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", plain)
    return re.sub(r"&#(?:35|64);", r"\g<0>&#8203;", told)  # and a space of no width, which ends both
