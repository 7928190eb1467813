"""Where the files of this repository are."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
SPEC_FILE = ROOT / "spec/environments.yaml"
EVERYTHING_FILE = ROOT / "tests/rendering/everything.yaml"
"""A specification with every kind of part, and every field."""
