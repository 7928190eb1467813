"""A call of the command, once it is parsed."""

from __future__ import annotations

import argparse


class Call(argparse.Namespace):
    """What was asked for: the flags that several verbs have, typed; each verb's own come from its parser."""

    spec: str
    environment: str
    format: str
    quiet: bool
    verbose: bool
    watch: int | None
    yes: bool
    out: str | None
    command: list[str]
