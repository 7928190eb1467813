"""The verbs of the command with their flags, and which function runs each; what one needs is imported when it runs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from kkinfra.argument_parser import ArgumentParser
from kkinfra.deliveries import by_delivery
from kkinfra.spec_search import DEFAULT_SPEC, TREES

if TYPE_CHECKING:
    from collections.abc import Callable

DONE = 0
_LONGEST_SECONDS = 86_400
_WATCH_SECONDS = 10


def command_parser(only: str = "") -> tuple[ArgumentParser, dict[str, ArgumentParser]]:
    """The parser of the whole command, and that of each verb by its name; or of `only` one verb, where there is one."""
    from kkinfra import __version__

    parser = ArgumentParser(prog="kkinfra", description="One spec, and everything that runs its environments.")
    parser.add_argument("--spec", metavar="FILE", help="the spec; may also stand behind the verb")
    parser.add_argument("--version", action="version", version=f"kkinfra {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    for add in [_VERBS[only]] if only in _VERBS else _VERBS.values():
        add(verbs)
    by_name: dict[str, ArgumentParser] = dict(verbs.choices)
    return parser, by_name


def _add_init(verbs: Any) -> None:
    init = verbs.add_parser("init", help="write a commented spec, a noxfile and a .gitignore")
    init.add_argument("directory", nargs="?", default=".", metavar="DIRECTORY")
    init.add_argument(
        "--from", dest="origin", metavar="SOURCE",
        help="where the noxfile gets kkinfra: a wheel, or git+URL@COMMIT (default: where this one came from)",
    )  # fmt: skip
    init.add_argument("--ci", choices=("github-actions",), help="write the workflows that check and deploy, too")
    init.set_defaults(run=_init)


def _add_validate(verbs: Any) -> None:
    validate = _verb(verbs, "validate", "check the spec", formats=("text", "json", "sarif"))
    validate.add_argument("environment", nargs="?", metavar="ENV")
    validate.set_defaults(run=_validate)


def _add_render(verbs: Any) -> None:
    render = _verb(verbs, "render", "write everything that runs an environment")
    render.add_argument("environments", nargs="*", metavar="ENV")
    render.add_argument("--all", action="store_true", help="every environment that the spec names")
    render.add_argument(
        "--out", default=TREES, metavar="DIR", help="write to DIR/ENV (default: build, where the spec's project is)"
    )
    render.add_argument("--check", action="store_true", help="compare and write nothing; exit 2 where files differ")
    render.set_defaults(run=_render)


def _add_explain(verbs: Any) -> None:
    explain = _verb(verbs, "explain", "say where a value, or a rendered line, comes from")
    explain.add_argument("environment", metavar="ENV")
    explain.add_argument("question", nargs="?", metavar="FIELD|FILE:LINE")
    explain.add_argument("--out", default=TREES, metavar="DIR", help="where rendered files are (default: as render)")
    explain.set_defaults(run=_explain)


def _add_compare(verbs: Any) -> None:
    compare = _verb(
        verbs, "compare", "set two environments side by side; exit 2 where a difference is not declared",
        formats=("text", "json", "markdown", "html"),
    )  # fmt: skip
    compare.add_argument("environment", metavar="ENV")
    compare.add_argument("other", metavar="ENV")
    compare.add_argument("--lang", default="en", metavar="LANGUAGE", help="en or ko (default: en)")
    compare.set_defaults(run=_lazily("comparing", "compare_environments"))


def _add_schema(verbs: Any) -> None:
    schema = verbs.add_parser("schema", help="print the JSON Schema of the spec, for editors")
    schema.set_defaults(run=_schema)


def _add_ledger(verbs: Any) -> None:
    ledger = verbs.add_parser("ledger", help="print, for each field and platform, what becomes of it")
    ledger.add_argument("-o", dest="format", choices=("markdown", "json"), default="markdown")
    ledger.set_defaults(run=_ledger)


def _add_build(verbs: Any) -> None:
    build = _verb(verbs, "build", "build the image of an environment, called after its Git revision")
    build.add_argument("environment", metavar="ENV")
    build.add_argument("--push", action="store_true", help="push it, and tell its digest")
    build.add_argument("--allow-dirty", action="store_true", help="build what is not committed, too")
    build.add_argument("--tag", action="append", default=[], metavar="TAG", help="another tag (may be repeated)")
    build.add_argument("--no-cache", action="store_true", help="run every step, whatever ran before")
    build.add_argument("--network", metavar="NAME", help="network of the steps, as in --network host")
    build.add_argument(
        "--timeout", type=_seconds, default=1800, metavar="S", help="seconds that all of it may take (default: 1800)"
    )
    build.set_defaults(run=_build)


def _add_deploy(verbs: Any) -> None:
    deploy = _verb(verbs, "deploy", "bring a release of an environment to where it serves")
    deploy.add_argument("environment", metavar="ENV")
    deploy.add_argument("--image", metavar="REF", help="image to deploy (default: the spec's)")
    deploy.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    deploy.add_argument("--save-plan", metavar="FILE", help="write what would be done to FILE, for --plan")
    deploy.add_argument("--plan", metavar="FILE", help="do exactly what FILE says, or refuse")
    deploy.add_argument("--allow-unsafe-migrations", action="store_true", help="migrate even so")
    deploy.add_argument("--staging-first", action="store_true", help="ask the authority's staging service first")
    deploy.add_argument("--retry-certificate", action="store_true", help="ask for a certificate again, now")
    deploy.add_argument("--bootstrap", action="store_true", help="apply once what Argo CD delivers afterwards")
    deploy.add_argument("--pull-request", action="store_true", help="push to a branch of its own, for a pull request")
    deploy.add_argument("--force-conflicts", action="store_true", help="take fields from other field managers")
    deploy.add_argument(
        "--prune", action="append", default=[], metavar="KIND/NAME", help="a claim or volume that may go (repeated)"
    )
    _changing(deploy)
    deploy.set_defaults(run=by_delivery("deploy_environment"))


def _add_rollback(verbs: Any) -> None:
    rollback = _verb(verbs, "rollback", "go back to a release that served before")
    rollback.add_argument("environment", metavar="ENV")
    rollback.add_argument("release", nargs="?", metavar="RELEASE", help="which one (default: the one before)")
    rollback.add_argument("--dry-run", action="store_true", help="say which one, and change nothing")
    _changing(rollback)
    rollback.set_defaults(run=by_delivery("rollback_environment"))


def _add_resume(verbs: Any) -> None:
    resume = _verb(verbs, "resume", "let Argo CD Image Updater choose the image again, after a rollback")
    resume.add_argument("environment", metavar="ENV")
    resume.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    resume.add_argument("--yes", action="store_true", help="do not ask")
    _context(resume)
    resume.set_defaults(run=by_delivery("resume_environment"))


def _add_bootstrap(verbs: Any) -> None:
    bootstrap = _verb(verbs, "bootstrap", "say what an environment needs of its cluster, and what of that is missing")
    bootstrap.add_argument("environment", metavar="ENV")
    bootstrap.add_argument(
        "--try", dest="try_out", action="store_true", help="start a pod on each node: does it mount and pull?"
    )
    bootstrap.add_argument("--yes", action="store_true", help="do not ask")
    bootstrap.add_argument(
        "--timeout", type=_seconds, default=60, metavar="S", help="seconds that trying may take (default: 60)"
    )
    _context(bootstrap)
    bootstrap.set_defaults(run=by_delivery("tell_needs"))


def _add_diff(verbs: Any) -> None:
    formats = ("text", "json", "markdown")
    diff = _verb(verbs, "diff", "compare what is rendered with what runs; exit 2 where something differs", formats)
    diff.add_argument("environment", metavar="ENV")
    diff.add_argument("--without", action="append", default=[], metavar="TARGET", help="do not ask it (repeated)")
    _watch(diff)
    _context(diff)
    diff.set_defaults(run=by_delivery("tell_difference"))


def _add_status(verbs: Any) -> None:
    status = _verb(verbs, "status", "say on one screen what runs, and whether it is well")
    status.add_argument("environment", metavar="ENV")
    _watch(status)
    _context(status)
    status.set_defaults(run=by_delivery("tell_status"))


def _add_history(verbs: Any) -> None:
    history = _verb(verbs, "history", "list the deploys and rollbacks of an environment")
    history.add_argument("environment", metavar="ENV")
    _context(history)
    history.set_defaults(run=by_delivery("tell_history"))


def _add_logs(verbs: Any) -> None:
    logs = _verb(verbs, "logs", "print what the parts of an environment print", formats=("text",))
    logs.add_argument("environment", metavar="ENV")
    logs.add_argument("parts", nargs="*", metavar="PART", help="these parts only")
    logs.add_argument("--tail", type=_seconds, default=100, metavar="N", help="lines of each part (default: 100)")
    logs.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    _context(logs)
    logs.set_defaults(run=by_delivery("tell_logs"))


def _add_lock(verbs: Any) -> None:
    lock = _verb(verbs, "lock", "say who holds the lock of an environment, or end whoever does")
    lock.add_argument("action", choices=("status", "release"))
    lock.add_argument("environment", metavar="ENV")
    _context(lock)
    lock.set_defaults(run=by_delivery("lock"))


def _add_provision(verbs: Any) -> None:
    provision = _verb(verbs, "provision", "make what an environment runs on: its cloud resources, or its host")
    provision.add_argument("environment", metavar="ENV")
    instead = provision.add_mutually_exclusive_group()
    instead.add_argument("--host", action="store_true", help="prepare the host that it is deployed to")
    instead.add_argument("--database", action="store_true", help="make the product's role and database")
    instead.add_argument("--drift", action="store_true", help="say what was changed by hand; exit 2 where anything was")
    instead.add_argument("--policy", action="store_true", help="print the least IAM policy that provisioning needs")
    provision.add_argument("--as", dest="as_user", metavar="USER", help="who comes in (default: who deploys)")
    provision.add_argument("--key", metavar="FILE", help="public keys that let who deploys in")
    provision.add_argument("--compose", metavar="FILE", help="Docker Compose, for hosts without a package of it")
    provision.add_argument(
        "--allow-replace", action="append", default=[], metavar="LOGICAL_ID",
        help="a resource that may go although it holds data (repeated)",
    )  # fmt: skip
    provision.add_argument(
        "--import", dest="imports", action="append", default=[], metavar="ID=NAME|FILE",
        help="take in what was made by hand, as it is (repeated)",
    )  # fmt: skip
    provision.add_argument("--newest-image", action="store_true", help="take the newest image: replaces the host")
    provision.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    provision.add_argument("--yes", action="store_true", help="do not ask")
    provision.add_argument(
        "--timeout", type=_seconds, default=3600, metavar="S", help="seconds that AWS may take (default: 3600)"
    )
    provision.add_argument(
        "--lock-wait", type=_seconds, default=0, metavar="S", help="seconds to wait for another change (default: none)"
    )
    provision.set_defaults(run=_provision)


def _add_diagram(verbs: Any) -> None:
    diagram = _verb(
        verbs, "diagram", "draw an environment, or all of them in one picture", formats=("mermaid", "svg"), default=None
    )
    diagram.add_argument("environment", nargs="?", metavar="ENV")
    diagram.add_argument("--out", metavar="FILE", help="write to FILE, whose ending also tells the format")
    diagram.set_defaults(run=_lazily("drawing", "draw_diagram"))


def _add_report(verbs: Any) -> None:
    report = _verb(verbs, "report", "write one HTML page of all environments", formats=("html",), default="html")
    report.add_argument("--out", metavar="FILE", help="write to FILE instead of standard output")
    report.add_argument("--lang", choices=("en", "ko"), default="en", help="language of the page (default: en)")
    report.add_argument("--date", metavar="DAY", help="the day it is made for, and says (default: today, not said)")
    report.add_argument(
        "--difference", action="append", default=[], metavar="FILE",
        help="show what `kkinfra diff ENV -o json` wrote to FILE; - is standard input (repeated)",
    )  # fmt: skip
    report.set_defaults(run=_lazily("report_writing", "write_report"))


def _add_secrets(verbs: Any) -> None:
    secrets = _verb(
        verbs, "secrets", "say which secrets of an environment are there, push them to its cluster, or seal"
    )
    secrets.add_argument("action", choices=("check", "push", "seal"))
    secrets.add_argument("environment", metavar="ENV")
    secrets.add_argument("names", nargs="*", metavar="NAME", help="seal: these secrets only")
    secrets.add_argument("--certificate", metavar="FILE", help="seal: the controller's (default: the cluster is asked)")
    secrets.add_argument("--dry-run", action="store_true", help="say which would change, and change nothing")
    secrets.add_argument("--yes", action="store_true", help="do not ask")
    secrets.add_argument("--force-conflicts", action="store_true", help="take them from other field managers")
    _context(secrets)
    secrets.set_defaults(run=_secrets)


def _changing(parser: argparse.ArgumentParser) -> None:
    """The flags of every verb that changes what runs."""
    parser.add_argument("--yes", action="store_true", help="do not ask")
    _context(parser)
    parser.add_argument(
        "--timeout", type=_seconds, default=180, metavar="S", help="seconds that a part may take to be healthy (180)"
    )
    parser.add_argument(
        "--lock-wait", type=_seconds, default=0, metavar="S", help="seconds to wait for another deploy (default: none)"
    )


def _watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--watch", type=_seconds, nargs="?", const=_WATCH_SECONDS, metavar="S",
        help=f"again and again, S seconds apart, until Ctrl-C (default: {_WATCH_SECONDS})",
    )  # fmt: skip


def _context(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--context", metavar="NAME", help="context of the kubeconfig (default: the current one)")


def _secrets(options: argparse.Namespace) -> int:
    if options.names and options.action != "seal":
        from kkinfra.errors import KkinfraError

        raise KkinfraError(
            f"secrets {options.action} takes all secrets of an environment; leave {options.names[0]} out"
        )
    if options.action == "check":
        run = _lazily("secret_check", "check_secrets")
    else:
        run = by_delivery(f"{options.action}_secrets")
    code: int = run(options)
    return code


def _provision(options: argparse.Namespace) -> int:
    from kkinfra.provision_kinds import provision

    return provision(options)


def _lazily(module: str, name: str) -> Any:
    """A verb whose module is imported when it is run, and not before."""

    def run(options: argparse.Namespace) -> int:
        from importlib import import_module

        code: int = getattr(import_module(f"kkinfra.{module}"), name)(options)
        return code

    return run


def _verb(
    verbs: Any,
    name: str,
    purpose: str,
    formats: tuple[str, ...] = ("text", "json"),
    default: str | None = "text",
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
    )
    parser.add_argument(
        "--spec", metavar="FILE",
        help=f"the spec (default: $KKINFRA_SPEC, else {DEFAULT_SPEC}, here or in a directory above)",
    )  # fmt: skip
    parser.add_argument(
        "-o", dest="format", choices=formats, default=default, help=f"output format (default: {default or formats[0]})"
    )
    volume = parser.add_mutually_exclusive_group()
    volume.add_argument("-q", "--quiet", action="store_true", help="errors only")
    volume.add_argument("-v", "--verbose", action="store_true", help="everything")
    return parser


def _render(options: argparse.Namespace) -> int:
    from kkinfra import output, stamp

    if not options.environments and not options.all:
        from kkinfra.errors import KkinfraError
        from kkinfra.spec import load_spec

        known = ", ".join(load_spec(options.spec).environments)
        raise KkinfraError(f"name an environment, or --all; {options.spec} has: {known}")
    if not options.all and options.format == "text" and not options.verbose:
        current = {name: stamp.is_current(options.spec, f"{options.out}/{name}") for name in options.environments}
        if all(count is not None for count in current.values()):
            for name, count in current.items():
                output.say(options, f"{name}: {count} files in {options.out}/{name}, nothing changed")
            return DONE
    from kkinfra.rendering import render_environments

    return render_environments(options)


def _validate(options: argparse.Namespace) -> int:
    from kkinfra.validation import validate

    return validate(options)


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LONGEST_SECONDS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to {_LONGEST_SECONDS}")
    return int(text)


def _build(options: argparse.Namespace) -> int:
    from kkinfra.building import build_environment

    return build_environment(options)


def _explain(options: argparse.Namespace) -> int:
    from kkinfra.explain import explain

    return explain(options)


def _schema(_options: argparse.Namespace) -> int:
    import json

    from kkinfra.json_schema import spec_schema
    from kkinfra.output import write_document

    write_document(json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n")
    return DONE


def _ledger(options: argparse.Namespace) -> int:
    from kkinfra.ledger import as_json, as_markdown
    from kkinfra.output import write_document

    write_document((as_json if options.format == "json" else as_markdown)())
    return DONE


def _init(options: argparse.Namespace) -> int:
    from kkinfra.origin import given_origin, own_origin
    from kkinfra.starter import write_starter

    origin = own_origin() if options.origin is None else given_origin(options.origin)
    starter = write_starter(options.directory, origin, workflows=options.ci is not None)
    print("\n".join((*(f"wrote {path}" for path in starter.written), *starter.steps)))
    return DONE


_VERBS: dict[str, Callable[[Any], None]] = {
    "init": _add_init,
    "validate": _add_validate,
    "render": _add_render,
    "build": _add_build,
    "deploy": _add_deploy,
    "rollback": _add_rollback,
    "resume": _add_resume,
    "bootstrap": _add_bootstrap,
    "diff": _add_diff,
    "status": _add_status,
    "history": _add_history,
    "logs": _add_logs,
    "lock": _add_lock,
    "provision": _add_provision,
    "secrets": _add_secrets,
    "explain": _add_explain,
    "compare": _add_compare,
    "diagram": _add_diagram,
    "report": _add_report,
    "schema": _add_schema,
    "ledger": _add_ledger,
}
"""What adds each verb, in the order in which help lists them."""
