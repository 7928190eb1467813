"""`kkinfra VERB` on the host itself, as its timers, its boot and a person there call it."""

from __future__ import annotations

import sys

from kkinfra.host.local import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
