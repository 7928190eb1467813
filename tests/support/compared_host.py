"""A host that serves a release of the real specification, as it answers whoever compares."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import quick_yaml
from engine_inspect import IMAGE_ENVIRONMENT, engine_facts
from kkinfra.host.as_it_runs import as_it_runs
from kkinfra.host.engine import EngineContainer
from kkinfra.host.layout import Layout
from observed_host import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kkinfra.targets.compose.plan.release import RenderedRelease
    from local_ssh import LocalSsh

    Changes = Mapping[str, Callable[[dict[str, Any]], None]]

HOST_IMAGE = {"Config": {"Env": IMAGE_ENVIRONMENT}}
_ANSWER = """\
import json, re, sys
from kkinfra.host.as_it_runs import as_it_runs
from kkinfra.host.call import MARK
from kkinfra.host.engine import EngineContainer
from kkinfra.host.masking import mark
told = json.load(open({told!r}))
request = json.loads(re.search(rb'{{"verb": "observe".*?"mark": "[0-9a-f]+"}}', sys.stdin.buffer.read()).group())
key, facts = str(request["arguments"].get("key", "")).encode(), told["facts"]
open({asked!r}, "w").write(json.dumps(request["arguments"]))
for each in facts["release"].get("containers", ()):
    if request["arguments"].get("fields"):
        each["runs"] = as_it_runs(EngineContainer(told["engine"][each["service"]]), told["image"], key)
facts["release"]["secrets"] = {{name: mark(value.encode(), key) for name, value in told["secrets"].items()}}
print(json.dumps({{MARK: request["mark"], "answer": facts}}))
"""


def compared(
    release: RenderedRelease, key: str, changes: Changes | None = None, colour: str = "blue"
) -> dict[str, Any]:
    """What it says of a round of that key; `changes` change what Docker says of some services."""
    facts, engine = serving(release, colour), described(release, changes)
    for each in facts["release"]["containers"]:
        each["runs"] = as_it_runs(EngineContainer(engine[each["service"]]), HOST_IMAGE, key.encode())
    facts["release"]["edited"] = {}
    return facts


def described(release: RenderedRelease, changes: Changes | None = None) -> dict[str, Any]:
    """What Docker says of each service."""
    manifest = release.manifest
    directory = str(Layout(Path(manifest.directory), manifest.namespace).release(manifest.id))
    services = quick_yaml.load(release.files["compose.yaml"])["services"]
    found = {
        each.name: engine_facts(each.name, services[each.name], manifest.namespace, directory)
        for each in manifest.everything()
        if services[each.name]["restart"] == "unless-stopped"
    }
    for name, change in (changes or {}).items():
        change(found[name])
    return found


def answers(ssh: LocalSsh, facts: dict[str, Any], engine: dict[str, Any], secrets: Mapping[str, str]) -> Path:
    """Let what stands in for ssh answer so; returns the file that what was asked is written to."""
    told, asked, program = (ssh.directory / each for each in ("told.json", "asked.json", "answer.py"))
    told.write_text(json.dumps({"facts": facts, "engine": engine, "image": HOST_IMAGE, "secrets": secrets}))
    program.write_text(_ANSWER.format(told=str(told), asked=str(asked)))
    ssh.does(f"exec {shlex.quote(sys.executable)} {program}")
    return asked
