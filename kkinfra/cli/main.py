"""The command: `kkinfra VERB [ENV] [flags]`. It parses, calls the library, and prints.

Exit codes: 0 done or in sync, 1 an error, 2 what was compared differs, 130 interrupted.

This module imports next to nothing, so that Ctrl-C finds `main` running, which answers it.
"""

from __future__ import annotations

import os
import sys

from kkinfra.system.exit_codes import DONE, FAILED, INTERRUPTED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from kkinfra.cli.call import Call


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code; every error is a message, none a traceback.

    Without `arguments` they are those of this process, whose streams and Ctrl-C are then kkinfra's, too.
    """
    if arguments is not None:
        return _run(list(arguments))
    try:
        from kkinfra.system import ctrl_c

        ctrl_c.prepare()
        from kkinfra.system import standard_streams

        standard_streams.prepare()
        code = _run(sys.argv[1:])
        ctrl_c.finish()
        standard_streams.finish()
    except (KeyboardInterrupt, RuntimeError):  # before Python 3.12 the latter, in the middle of making a class
        return _interrupted()
    except OSError:  # standard error takes nothing, not even what is wrong
        from kkinfra.system import standard_streams

        standard_streams.finish()
        return FAILED
    return code


def _run(arguments: list[str]) -> int:
    import gc

    gc.disable()  # one short run over a bounded input: collecting would cost a tenth of it
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    asked: dict[str, Any] = {}
    try:
        from kkinfra.system.standard_streams import output_problem

        code = _carry_out(arguments, asked)
        if problem := output_problem():
            return _failed(problem, arguments, asked)
        gc.freeze()  # nor at the exit, where the interpreter does so all the same
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:  # noqa: BLE001 - told, and raised again with KKINFRA_DEBUG
        return _failed(error, arguments, asked)
    return code


def _carry_out(arguments: list[str], asked: dict[str, Any]) -> int:
    """Do what `arguments` ask for, whose meaning `asked` takes first."""
    try:
        options = _options(arguments)
    except SystemExit:  # --help, or --version
        return DONE
    asked.update(vars(options))
    code: int = options.run(options)
    return code


def _options(arguments: list[str]) -> Call:
    """What was asked for; flags may stand before the verb, and between the other words."""
    from kkinfra.cli.argument_parser import behind_dashes, verb_first
    from kkinfra.cli.parser import VERBS, command_parser

    name, others = verb_first(arguments)
    parser, verb = command_parser(name)
    if not name:
        parser.refuse_unknown_flags(others)
        from kkinfra.cli.call import Call

        return parser.parse_args(others, Call())
    if verb is None:
        parser.refuse_verb(name, VERBS)
    others, command = behind_dashes(others, name)
    options = verb.parse(others)
    options.command = command
    if "spec" in options:
        from kkinfra.spec.search import located

        options.spec, out = located(options.spec, getattr(options, "out", None))
        if "out" in options:
            options.out = out
    return options


def _interrupted() -> int:
    print("interrupted", file=sys.stderr)
    return INTERRUPTED


def _failed(error: Exception, arguments: list[str], asked: dict[str, Any]) -> int:
    """Say what went wrong; returns the exit code. `asked` is empty where the call itself was wrong."""
    from kkinfra.cli.argument_parser import asks_for_json
    from kkinfra.console.output import emit_error, print_error
    from kkinfra.errors import InterruptedRunError, KkinfraError, OutputError
    from kkinfra.system import ctrl_c, standard_streams

    if isinstance(error, InterruptedRunError):
        print(error, file=sys.stderr)
        return INTERRUPTED
    if ctrl_c.has_come() and not isinstance(error, KkinfraError):
        return _interrupted()
    problem = standard_streams.output_problem()
    if isinstance(problem, BrokenPipeError):
        return FAILED
    if os.environ.get("KKINFRA_DEBUG"):
        raise error
    if problem:
        print_error(OutputError(f"standard output cannot be written: {problem.strerror}"))
        return FAILED
    environment: str = asked.get("environment") or ""
    print_error(error, environment)
    if asks_for_json(arguments):
        emit_error(error, environment)
    return FAILED
