"""Deploying to Nomad: plan, register, follow the deployment, revert."""

import base64
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kkinfra import plugins as kk
from kkinfra_nomad.job import FILE
from kkinfra_nomad.models import Api

_ACTIONS = {"Added": "add", "Deleted": "remove", "Edited": "change"}
_STATES = {"running": "ready", "pending": "progressing"}
_SECOND = 10**9
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class NomadOptions(kk.Options):
    """What is asked of Nomad besides."""

    timeout: int = kk.option(180, "seconds that a part may take to be healthy (180)", "deploy", "rollback")


class NomadTarget:
    """A Nomad cluster."""

    delivery = Api
    platforms = frozenset({"nomad"})
    options = NomadOptions

    @contextmanager
    def open(self, wanted: kk.Wanted, options: NomadOptions, telling: kk.Telling) -> Iterator["NomadSession"]:
        """Nothing is asked until a method is called."""
        yield NomadSession(wanted, options, telling)


class NomadSession:
    """One job of a Nomad cluster."""

    def __init__(self, wanted: kk.Wanted, options: NomadOptions, telling: kk.Telling) -> None:
        self.wanted, self.options, self.telling = wanted, options, telling
        self.name, self.id = wanted.name, wanted.environment.namespace

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers; None where there is no such thing. Raises KkinfraError."""
        address = self.wanted.environment.delivery.address
        headers = {"X-Nomad-Token": os.environ.get("NOMAD_TOKEN", "")}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{address}/v1/{path}", data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise kk.DeployError(f"Nomad refuses: {error.read().decode(errors='replace').strip()}") from error
        except OSError as error:
            raise kk.ConnectionFailedError(f"no Nomad answers at {address} ({error}); see delivery.address") from error

    def secrets(self) -> dict[str, kk.SecretText]:
        """What the containers read, which no text shows from now on; raises SecretError with all that are missing."""
        found = self.wanted.secrets()
        self.telling.mask = kk.Mask(found.values())
        return found

    def compared(self) -> tuple[dict[str, Any], tuple[kk.Change, ...]]:
        """The plan that the scheduler makes, and its difference."""
        self.telling(f"asking the scheduler about {self.id}")
        job = json.loads(self.wanted.tree[FILE].content)
        found = self.ask("PUT", f"job/{self.id}/plan", {"Job": job, "Diff": True})
        groups = found["Diff"].get("TaskGroups") or []
        known = [each for each in groups if each["Type"] in _ACTIONS]
        changes = [kk.Change("nomad", each["Name"], _ACTIONS[each["Type"]], tuple(_fields(each))) for each in known]
        own = tuple(_fields({"Fields": found["Diff"].get("Fields"), "Objects": found["Diff"].get("Objects")}))
        return found, (*([kk.Change("nomad", self.id, "change", own)] if own else []), *changes)

    def plan(self) -> kk.Plan:
        """What the scheduler would do."""
        self.secrets()
        found, changes = self.compared()
        index, where = found["JobModifyIndex"], f"job {self.id} at {self.wanted.environment.delivery.address}"
        failed = [f"{group}: no client has room for it" for group in found.get("FailedTgAllocs") or {}]
        return kk.Plan(
            self.name, "deploy", where, str(self.wanted.environment.image), before=str(index or ""), changes=changes,
            notes=tuple(failed), fingerprint=str(index), question=f"deploy {self.name}?" if changes else "",
            is_done=not changes, made=index,
        )  # fmt: skip

    def plan_rollback(self, release: str) -> kk.Plan:
        """Which version would be reverted to."""
        runs = self.history().runs
        kept = [run.release for run in runs if run.result == "deployed" and not run.serves]
        serving = next((run.release for run in runs if run.serves), "")
        chosen = release or next(iter(reversed(kept)), "")
        if chosen not in kept:
            raise kk.DeployError(f"there is no version {release or 'before'}; there are: {', '.join(kept) or 'none'}")
        back = f"back to version {chosen}"
        return kk.Plan(
            self.name, "rollback", f"job {self.id} {back}", release=chosen, before=serving, question=f"{back}?"
        )

    def apply(self, plan: kk.Plan) -> kk.Outcome:
        """Register the job, or revert it, and follow the deployment; Nomad itself reverts one that fails."""
        began = time.time()
        if plan.action == "rollback":
            back = {"JobID": self.id, "JobVersion": int(plan.release), "EnforcePriorVersion": int(plan.before)}
            self.ask("PUT", f"job/{self.id}/revert", back)
        else:
            values = {name: secret.reveal() for name, secret in self.secrets().items()}
            self.ask("PUT", f"var/nomad/jobs/{self.id}", {"Path": f"nomad/jobs/{self.id}", "Items": values})
            job = json.loads(self.wanted.tree[FILE].content)
            self.ask("PUT", "jobs", {"Job": job, "EnforceIndex": True, "JobModifyIndex": plan.made})
        deployed = self.followed(began + self.options.timeout)
        result = "rolled back" if plan.action == "rollback" else "deployed"
        version, took = str(deployed["JobVersion"]), time.time() - began
        return kk.Outcome(kk.Run(version, plan.action, result, began, took, plan.image, of=plan.release, serves=True))

    def followed(self, until: float) -> dict[str, Any]:
        """The deployment, once it has ended well."""
        while (found := self.ask("GET", f"job/{self.id}/deployment"))["Status"] != "successful":
            self.telling(f"{found['Status']}: {found['StatusDescription']}")
            if found["Status"] in ("failed", "cancelled") or time.time() > until:
                raise kk.DeployError(
                    f"version {found['JobVersion']} is {found['Status']}: {found['StatusDescription']}"
                )
            time.sleep(_POLL_SECONDS)
        return found

    def history(self) -> kk.History:
        """The versions that Nomad keeps, newest last."""
        found = (self.ask("GET", f"job/{self.id}/versions") or {"Versions": []})["Versions"]
        newest = max((each["Version"] for each in found), default=0)
        runs = [
            kk.Run(str(each["Version"]), "deploy", "deployed" if each["Stable"] else "failed",
                each["SubmitTime"] / _SECOND, image=each["Meta"]["image"], serves=each["Version"] == newest,
                kept=each["Stable"])
            for each in found
        ]  # fmt: skip
        return kk.History(self.name, tuple(sorted(runs, key=lambda run: int(run.release))))

    def difference(self, without: frozenset[str]) -> kk.Difference:
        """What registering the job would change."""
        return kk.Difference(self.name, (kk.Compared("nomad", f"job {self.id}"),), self.compared()[1])

    def status(self) -> kk.Status:
        """The allocations of the newest version."""
        history = self.history()
        serving = next((run for run in history.runs if run.serves), None)
        found = self.ask("GET", f"job/{self.id}/allocations") or []
        now = [each for each in found if serving and str(each["JobVersion"]) == serving.release]
        parts = (kk.PartStatus(each["TaskGroup"], _STATES.get(each["ClientStatus"], "failed"), "") for each in now)
        problems = () if serving else ("nothing was deployed yet",)
        return kk.Status(self.name, f"job {self.id}", serving, tuple(parts), problems=problems, now=time.time())

    def logs(self, asked: kk.LogRequest, hear: Callable[[kk.LogLine], None]) -> None:
        """What the tasks print; Nomad keeps no times."""
        self.secrets()
        for each in self.ask("GET", f"job/{self.id}/allocations") or []:
            part = each["TaskGroup"]
            if not asked.parts or part in asked.parts:
                frames = self.ask("GET", f"client/fs/logs/{each['ID']}?task={part}&type=stdout&origin=end&offset=10000")
                text = base64.b64decode((frames or {}).get("Data", "")).decode(errors="replace")
                for line in text.splitlines()[-asked.tail :]:
                    hear(kk.LogLine(part, self.telling.mask(line)))

    def lock(self) -> kk.LockStatus:
        """There is none: Nomad refuses a job that is not of the index that was planned for."""
        return kk.FREE

    release_lock = lock


def _fields(found: dict[str, Any], path: str = "") -> Iterator[kk.FieldChange]:
    """The fields of a difference as Nomad tells it, with those of the objects and tasks in it."""
    for each in found.get("Fields") or []:
        if each["Type"] in _ACTIONS:
            yield kk.FieldChange(f"{path}{each['Name']}", each["Old"], each["New"])
    for each in [*(found.get("Objects") or []), *(found.get("Tasks") or [])]:
        yield from _fields(each, f"{path}{each['Name']}.")
