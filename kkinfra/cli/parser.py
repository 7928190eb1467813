"""The parser of the command: which verbs there are; what each takes is imported with its own file when it is asked."""

from __future__ import annotations

from importlib import import_module

from kkinfra.cli.argument_parser import ArgumentParser

VERBS = {
    "init": "write a commented spec, a noxfile and a .gitignore",
    "validate": "check the spec",
    "render": "write everything that runs an environment",
    "build": "build the image of an environment, called after its Git revision",
    "deploy": "bring a release of an environment to where it serves",
    "rollback": "go back to a release that served before",
    "resume": "let Argo CD Image Updater choose the image again, after a rollback",
    "bootstrap": "say what an environment needs of its cluster, and what of that is missing",
    "diff": "compare what is rendered with what runs; exit 2 where something differs",
    "status": "say on one screen what runs, and whether it is well",
    "history": "list the deploys and rollbacks of an environment",
    "logs": "print what the parts of an environment print",
    "run": "run a command in a fresh container of what serves, or in a running one",
    "lock": "say who holds the lock of an environment, or end whoever does",
    "provision": "make what an environment runs on: its cloud resources, or its host",
    "secrets": "say which secrets of an environment are there, push them to its cluster, or seal",
    "explain": "say where a value, or a rendered line, comes from",
    "compare": "set two environments side by side; exit 2 where a difference is not declared",
    "diagram": "draw an environment, or all of them in one picture",
    "report": "write one HTML page of all environments",
    "schema": "print the JSON Schema of the spec, for editors",
    "ledger": "print, for each field and platform, what becomes of it",
}
"""What each verb does, in the order in which help lists them; its flags are in `verbs/VERB.py`."""


def command_parser(asked: str = "") -> tuple[ArgumentParser, ArgumentParser | None]:
    """The parser of the whole command, and that of the verb that is asked for; None where there is no such verb."""
    from kkinfra import __version__

    parser = ArgumentParser(prog="kkinfra", description="One spec, and everything that runs its environments.")
    parser.add_argument("--spec", metavar="FILE", help="the spec; may also stand behind the verb")
    parser.add_argument("--version", action="version", version=f"kkinfra {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for name in [asked] if asked in VERBS else VERBS:
        purpose = VERBS[name]
        verbs.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
    if asked not in VERBS:
        return parser, None
    verb: ArgumentParser = verbs.choices[asked]
    module = import_module(f"kkinfra.cli.verbs.{asked}")
    module.add_flags(verb)
    verb.set_defaults(run=module.run)
    return parser, verb
