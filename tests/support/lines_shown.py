"""What a terminal shows in the end."""

import re


def last_shown(written):
    """What is left of each line, once everything that was written over it is."""
    return [re.split(r"\r\x1b\[2K", line)[-1] for line in written.split("\n")]
