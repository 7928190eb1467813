"""The verb `provision ENV --host` on a host: it is made ready to be deployed to, once somebody has agreed."""

from __future__ import annotations

import getpass
import shutil
from typing import TYPE_CHECKING, Any

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, print_warning, say
from kkinfra.console.progress import progress_for
from kkinfra.errors import ConnectionFailedError, DeployError
from kkinfra.proving.gate import require_proofs
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.spec.platforms import Compose, Ssh
from kkinfra.targets.compose.client.host import LostError, connect_host
from kkinfra.targets.compose.provision_table import table
from kkinfra.targets.provision_files import bring, compose_remedy

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.provision_files import Brought

_MEGABYTE = 1_000_000
_LOOK_SECONDS = 480
_APPLY_SECONDS = 1800
"""How long the host may say nothing: a package manager says nothing for as long as it installs."""


def run(options: argparse.Namespace) -> int:
    """Show what the host lacks, and bring it there once that is agreed to; returns the exit code."""
    spec = open_spec(options.spec)
    environment = resolve(spec, options.environment)
    require_proofs(options, spec, environment.name)
    brought = bring(options.key, options.compose)
    wanted = _wanted(environment, brought)
    with connect_host(environment, user=options.as_user) as host:
        looked = _ask(options, host, wanted, {}, "looking at the host")
        due = [item for item in looked["items"] if item["todo"]]
        brought.refuse_other_processor(due, looked["processor"])
        _show(options, environment, looked)
        done = looked if not due else None
        if due and not options.dry_run:
            require_agreement(options, f"{_things(len(due))} to do on the host, as root; go on?")
            asked = {**wanted, "agreed": looked["items"], "who": getpass.getuser()}
            done = _ask(options, host, asked, brought.files(due), "bringing it there")
            _show(options, environment, done)
    _tell_end(options, environment, looked, done)
    return 0


def _wanted(environment: Environment, brought: Brought) -> dict[str, Any]:
    """What the host should be, as the specification says it; see kkinfra.host.provision.wanted."""
    platform, delivery = _place(environment)
    size = environment.logs.max_size.bytes
    return {
        "user": delivery.user,
        "directory": platform.directory,
        "swap_bytes": platform.host.swap.bytes if platform.host.swap else None,
        "log_max_size": f"{size // _MEGABYTE}m" if size % _MEGABYTE == 0 else str(size),
        "log_max_files": environment.logs.max_files,
        "keys": list(brought.keys),
        "compose_sha256": brought.digest,
        "compose_remedy": compose_remedy(),
    }


def _place(environment: Environment) -> tuple[Compose, Ssh]:
    platform, delivery = environment.platform, environment.delivery
    if not (isinstance(platform, Compose) and isinstance(delivery, Ssh)):
        raise DeployError(f"{environment.name} is not delivered over SSH to a host with Compose; no host to prepare")
    return platform, delivery


def _ask(
    options: argparse.Namespace, host: Host, arguments: dict[str, Any], files: dict[str, bytes], what: str
) -> dict[str, Any]:
    """Ask the host, and show each line of progress that it sends."""
    seconds = _APPLY_SECONDS if "agreed" in arguments else _LOOK_SECONDS
    with progress_for(options) as progress:
        progress.begin(what)

        def hear(event: dict[str, Any]) -> None:
            if "text" in event:
                progress.begin(str(event["text"]))

        try:
            return dict(host.call("provision", arguments, files, seconds=seconds, heard=hear))
        except LostError as error:
            raise ConnectionFailedError(f"{error}; the same command goes on from where it was cut off") from error


def _show(options: argparse.Namespace, environment: Environment, answer: dict[str, Any]) -> None:
    say(options, f"{environment.name}: {_place(environment)[1].host}, {answer['distribution']}")
    rows = [("", "is there", "to do"), *((each["name"], each["found"], each["todo"]) for each in answer["items"])]
    say(options, *table(rows, shutil.get_terminal_size((120, 24)).columns))


def _tell_end(
    options: argparse.Namespace, environment: Environment, looked: dict[str, Any], done: dict[str, Any] | None
) -> None:
    """Say how it ended; `done` is what is there once nothing is left to do."""
    for warning in looked["warnings"]:
        print_warning(warning)
    count = sum(bool(item["todo"]) for item in looked["items"])
    document = {
        "environment": environment.name, "host": str(_place(environment)[1].host),
        "distribution": looked["distribution"], "ready": done is not None, "before": looked["items"],
        "after": done["items"] if done else None, "changed": bool(count) and done is not None,
        "warnings": looked["warnings"],
    }  # fmt: skip
    if done is None:
        told = f"{_things(count)} to do; nothing was changed"
    else:
        told = f"the host is ready; {f'{_things(count)} done' if count else 'nothing to do'}"
    emit_or_say(options, document, told)


def _things(count: int) -> str:
    return f"{count} thing{'s' if count > 1 else ''}"
