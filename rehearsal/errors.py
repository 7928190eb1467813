"""What can go wrong with a rehearsal."""


class RehearsalError(Exception):
    """The rehearsal cannot go on; the text says what to do."""
