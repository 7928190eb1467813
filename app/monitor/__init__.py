"""The status monitor: it watches services from outside, keeps what it saw, and shows it."""
