"""Migrates nothing; fails where MODE says so."""

import os
import sys

if os.environ["MODE"] == "badmigration" and "--check" not in sys.argv:
    sys.exit(1)
