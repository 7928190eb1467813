"""`python -m kkinfra`."""

import sys

try:
    from kkinfra.cli.main import main

    code = main()
except KeyboardInterrupt:  # before `main`, which answers it itself
    sys.stderr.write("interrupted\n")
    code = 130
sys.exit(code)
