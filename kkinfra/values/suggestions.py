"""How messages repeat what was written, and what they suggest instead: keys, environments, choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_SHOWN = 60
MOST_NAMED = 8
_WORDS = {None: "null", True: "true", False: "false"}
_SHORTEST_PART = 4
CALLED = {
    "k8s": "kubernetes", "k3s": "kubernetes", "docker": "compose", "vm": "ec2", "server": "ec2", "django": "webapp",
    "letsencrypt": "certbot", "acme": "certbot", "argocd": "gitops", "kubectl": "apply", "cronjob": "cron",
    "service": "container", "deployment": "container", "web": "container", "app": "container",
}  # fmt: skip
"""What others call a choice."""

_ALIKE = 0.75
"""How alike a typing error is to the word that was meant: `gpu` is another word than `cpu` (0.67)."""

ALIKE_OF_FEW = 0.6
"""The same where the choices are the user's own names: `alfa` is `alpha` (0.67)."""


def shown(value: Any) -> str:
    """A value as a message repeats it: on one line, and never longer than 60 characters."""
    if isinstance(value, dict | list | tuple):
        empty = "" if value else "n empty"
        return f"a{empty} {'mapping' if isinstance(value, dict) else 'list'}"
    if isinstance(value, str):
        text = repr(str(value[: LONGEST_SHOWN + 1]))
    else:
        text = _WORDS[value] if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def few(names: Iterable[str]) -> str:
    """The first eight of some names, and how many more there are."""
    found = list(names)
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{', '.join(found[:MOST_NAMED])}{more}"


def nearest(word: Any, choices: Iterable[str], alike: float = _ALIKE) -> str:
    """The choice that `word` is a typing error of, or a part of the choice's name; empty where there is none.

    `alike` is the least ratio (0 to 1) of difflib that makes a typing error.
    """
    import difflib

    if not isinstance(word, str):
        return ""
    written, known = word[:80].lower().replace("_", "-"), list(choices)
    plain = {each.lower().replace("_", "-"): each for each in known}
    swapped = (each for each in plain if len(each) > 1 and sorted(each) == sorted(written))
    close = next(swapped, "") or "".join(difflib.get_close_matches(written, plain, n=1, cutoff=alike))
    part = (each for each in plain if _is_part(written, each) or _is_part(each, written))
    called = CALLED.get(written, "")
    return plain.get(close or next(part, "") or called, "")


def _is_part(word: str, whole: str) -> bool:
    return len(word) >= _SHORTEST_PART and word in whole.split("-")


def did_you_mean(word: Any, choices: Iterable[str], alike: float = _ALIKE) -> str:
    """` (did you mean 'x'?)` for the choice that is nearest to `word`, or nothing."""
    found = nearest(word, choices, alike)
    return f" (did you mean {found!r}?)" if found else ""
