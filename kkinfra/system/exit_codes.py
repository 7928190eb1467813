"""What the command's exit codes say."""

DONE = 0
"""Done, in sync, well."""

FAILED = 1
"""An error, or something that is not as it should be."""

DIFFERS = 2
"""What was compared differs."""

INTERRUPTED = 130
"""Ctrl-C, as shells tell it (128 and the number of SIGINT)."""
