"""A stand-in for Nomad's HTTP API, after its documentation: jobs, plans, versions, deployments, allocations.

https://developer.hashicorp.com/nomad/api-docs/jobs. It runs no task: a deployment is successful at its second look,
or fails where the image's tag is `broken`, and is then reverted, as `AutoRevert` asks for.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator

JSON = dict[str, Any]


@dataclass
class NomadDouble:
    """The state of a server. `asked` are the requests, `variables` what was put there."""

    versions: dict[str, list[JSON]] = field(default_factory=dict)
    variables: dict[str, JSON] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    looks: int = 0

    def answer(self, method: str, path: str, body: JSON) -> JSON | list[JSON] | None:
        """What is answered; None is 404, and RuntimeError 400."""
        self.asked.append((method, path))
        steps = path.strip("/").split("/")[1:]
        match steps:
            case ["jobs"]:
                return self.register(body)
            case ["var", *rest]:
                self.variables["/".join(rest)] = body["Items"]
                return body
            case ["job", name, "plan"]:
                return self.plan(name, body["Job"])
            case ["client", "fs", "logs", _]:
                return self.log()
        return self.of_a_job(steps[1], steps[2], body) if steps[1] in self.versions else None

    def of_a_job(self, name: str, what: str, body: JSON) -> JSON | list[JSON]:
        if what == "revert":
            return self.revert(name, body)
        looks = {"versions": self.all_versions, "deployment": self.deployment, "allocations": self.allocations}
        return looks[what](name)

    def log(self) -> JSON:
        printed = f"listening\nthe key is {next(iter(self.variables.values()))['API_KEY']}\n"
        return {"Data": base64.b64encode(printed.encode()).decode(), "Offset": 0}

    def newest(self, name: str) -> JSON:
        return self.versions[name][-1] if self.versions.get(name) else {"JobModifyIndex": 0, "TaskGroups": []}

    def plan(self, name: str, job: JSON) -> JSON:
        was = {each["Name"]: each for each in self.newest(name)["TaskGroups"]}
        now = {each["Name"]: each for each in job["TaskGroups"]}
        groups = [_compared(each, was.get(each), now.get(each)) for each in sorted({*was, *now})]
        return {"JobModifyIndex": self.newest(name)["JobModifyIndex"], "Diff": {"Type": "Edited", "TaskGroups": groups}}

    def register(self, body: JSON) -> JSON:
        job = body["Job"]
        if body.get("EnforceIndex") and body["JobModifyIndex"] != self.newest(job["ID"])["JobModifyIndex"]:
            raise RuntimeError("Enforcing job modify index: job exists with conflicting job modify index")
        return self.add(job)

    def add(self, job: JSON) -> JSON:
        there = self.versions.setdefault(job["ID"], [])
        index = 10 + len(there)
        made = {"Version": len(there), "JobModifyIndex": index, "Stable": False, "SubmitTime": time.time_ns()}
        there.append({**job, **made})
        self.looks = 0
        return {"EvalID": "e", "JobModifyIndex": index}

    def revert(self, name: str, body: JSON) -> JSON:
        if body["EnforcePriorVersion"] != self.newest(name)["Version"]:
            raise RuntimeError("Current job has version other than the enforced one")
        return self.add(self.versions[name][body["JobVersion"]])

    def all_versions(self, name: str) -> JSON:
        return {"Versions": self.versions[name][::-1]}

    def deployment(self, name: str) -> JSON:
        self.looks += 1
        newest = self.newest(name)
        if self.looks == 1:
            return {"JobVersion": newest["Version"], "Status": "running", "StatusDescription": "Deployment is running"}
        if "broken" in json.dumps(newest["TaskGroups"]):
            self.add(next(each for each in reversed(self.versions[name]) if each["Stable"]))
            self.newest(name)["Stable"] = True
            told = "Failed due to unhealthy allocations - rolling back to job version 0"
            return {"JobVersion": newest["Version"], "Status": "failed", "StatusDescription": told}
        newest["Stable"] = True
        told = "Deployment completed successfully"
        return {"JobVersion": newest["Version"], "Status": "successful", "StatusDescription": told}

    def allocations(self, name: str) -> list[JSON]:
        newest = self.newest(name)
        return [
            {
                "ID": f"a-{each['Name']}",
                "TaskGroup": each["Name"],
                "ClientStatus": "running",
                "JobVersion": newest["Version"],
            }
            for each in newest["TaskGroups"]
        ]


def _compared(name: str, was: JSON | None, now: JSON | None) -> JSON:
    """The difference of a group, in the form of the API: of its first task, the image alone."""
    kind = "None" if was == now else "Added" if was is None else "Deleted" if now is None else "Edited"
    if was is None or now is None or was == now:
        return {"Type": kind, "Name": name}
    old, new = (each["Tasks"][0]["Config"]["image"] for each in (was, now))
    image = {"Type": "Edited" if old != new else "None", "Name": "image", "Old": old, "New": new}
    config = {"Type": "Edited", "Name": "Config", "Fields": [image]}
    return {"Type": kind, "Name": name, "Tasks": [{"Type": "Edited", "Name": name, "Objects": [config]}]}


@contextmanager
def nomad_double() -> Generator[tuple[str, NomadDouble]]:
    """The address of a server on the loopback interface, and its state."""
    double = NomadDouble()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.do_PUT()

        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "null")
            try:
                found = double.answer(self.command, self.path.partition("?")[0], body)
                code, text = (404, "not found") if found is None else (200, json.dumps(found))
            except RuntimeError as error:
                code, text = 400, str(error)
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
