"""`python -m kkinfra`."""

import sys

from kkinfra.cli import main

sys.exit(main())
