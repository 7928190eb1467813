"""The command: `kkinfra VERB [ENV] [flags]`. It parses, calls the library, and prints.

Exit codes: 0 done or in sync, 1 an error, 2 what was compared differs, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from kkinfra.verbs import FAILED, command_parser

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; every error is a message, none a traceback."""
    import gc

    gc.disable()  # one short run over a bounded input: collecting would cost a tenth of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    options = argparse.Namespace()
    try:
        options = _options(sys.argv[1:] if arguments is None else list(arguments))
        code: int = options.run(options)
        sys.stdout.flush()
        gc.freeze()  # nor at the exit, where the interpreter does so all the same
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:
        from kkinfra.errors import InterruptedRunError
        from kkinfra.output import print_error

        if isinstance(error, InterruptedRunError):
            print(error, file=sys.stderr)
            return INTERRUPTED
        if os.environ.get("KKINFRA_DEBUG"):
            raise
        as_json, environment = getattr(options, "format", "text") == "json", getattr(options, "environment", None)
        print_error(error, as_json=as_json, environment=environment or "")
        return FAILED
    return code


def _options(arguments: list[str]) -> argparse.Namespace:
    """What was asked for; flags may stand between the other words."""
    parser, verbs = command_parser(*arguments[:1])
    if arguments and arguments[0] in verbs:
        return verbs[arguments[0]].parse_intermixed_args(arguments[1:])
    return parser.parse_args(arguments)
