"""The verb `rollback` on a host: a release that served before serves again, with its own files, secrets and images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.console.agreement import require_agreement
from kkinfra.console.events import Output
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.progress import progress_for
from kkinfra.errors import HostError
from kkinfra.system.deployer import who
from kkinfra.targets.compose.client.following import Asked, HeardRun, follow
from kkinfra.targets.compose.client.host import connect_host

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Go back to the release that `options` names, or to the one before; returns the exit code."""
    with connect_host(environment) as host:
        return _roll_back(options, host)


def _roll_back(options: argparse.Namespace, host: Host) -> int:
    lines = host.call("history", {})
    release = _chosen(lines, options.release)
    about = next(line for line in reversed(lines) if line["release"] == release)
    say(options, f"{options.environment}: back to {release}{_described(about)}")
    if options.dry_run:
        facts = {key: about[key] for key in ("release", "image", "revision")}
        emit_or_say(options, {**facts, "result": None})
        return 0
    require_agreement(options, f"go back to {release}?")
    with progress_for(options) as progress:
        heard = HeardRun(progress.begin, lambda text: progress(Output(text)))
        request = {**who(), "what": "rollback", "timeout": options.timeout, "wait": options.lock_wait}
        end = follow(host, Asked("rollback", {"release": release, "request": request}), heard)
    said = f"{end['result']} to {end['release']} in {end['seconds']:.1f} s; the database was left as it is"
    emit_or_say(options, {**end, **heard.facts(host)}, said, *heard.warning_lines())
    return 0


def _chosen(lines: list[dict[str, Any]], wanted: str | None) -> str:
    """The release to go back to; raises HostError where there is none."""
    current = next((str(line["release"]) for line in reversed(lines) if line["current"]), "")
    served = [str(line["release"]) for line in lines if line["result"] in ("deployed", "rolled back") and line["there"]]
    known = list(dict.fromkeys(name for name in reversed(served) if name != current))
    if wanted is None:
        if not known:
            raise HostError("there is no release on the host to go back to; `kkinfra history ENV` shows what was there")
        return known[0]
    found = [name for name in known if name.startswith(wanted) or name.endswith(f"-{wanted}")]
    if len(found) != 1:
        which = "several begin like it" if found else "it is not on the host any more, or serves"
        raise HostError(f"{wanted!r} is no release to go back to: {which}; there are: {', '.join(known) or 'none'}")
    return found[0]


def _described(line: dict[str, Any]) -> str:
    revision = f", revision {line['revision']}" if line["revision"] else ""
    return f" ({line['image'].partition('@')[2][:19] or 'image unknown'}{revision})"
