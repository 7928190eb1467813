"""The verb `run` on a cluster: a command in a pod of its own, or in one that runs already."""

from __future__ import annotations

import re
import secrets
import shlex
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NoReturn

from kkinfra.errors import ClusterError, InterruptedRunError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.system.deployer import who
from kkinfra.system.terminal import ended_by_signals
from kkinfra.targets.kubernetes.apply.left_runs import created, prune_left
from kkinfra.targets.kubernetes.client.conversation import Conversation, write_all
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import (
    holds,
    images_of,
    items,
    part,
    reference,
)
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.health.pod_failures import causes
from kkinfra.targets.kubernetes.history import run_log
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.one_off import (
    INSTANCE,
    NAME,
    OneOff,
    main_container,
    templates,
)
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets
from kkinfra.targets.protocol.history import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.command import CommandRequest, Streams

_POD, _EVENT = BUILT_IN["", "v1", "Pod"], BUILT_IN["", "v1", "Event"]
_POLICY = BUILT_IN["networking.k8s.io", "v1", "NetworkPolicy"]
_WORKLOADS = (
    BUILT_IN["apps", "v1", "Deployment"], BUILT_IN["apps", "v1", "StatefulSet"], BUILT_IN["batch", "v1", "Job"],
    BUILT_IN["batch", "v1", "CronJob"],
)  # fmt: skip
_POLL_SECONDS, _SAY_SECONDS = 0.3, 3.0
_END_SECONDS = 60.0
_HOPELESS = ("InvalidImageName", "ErrImageNeverPull")
_NOT_FOUND, _NOT_EXECUTABLE, _PIPE = 127, 126, 141
_ABSENT = re.compile(r"executable file not found|no such file or directory", re.IGNORECASE)
_REFUSED = re.compile(r"permission denied", re.IGNORECASE)
_NO_SHELL = re.compile(r'"sh": executable file not found|\bsh: no such file', re.IGNORECASE)
_LONGEST_COMMAND = 200
_LONGEST_NAME = 40

Serving = tuple[str, list["JSON"]]
"""The name of a release, where it has one, and the objects that it is made of."""


def kept_release(session: ClusterSession) -> Serving:
    """The newest release that served, as it is kept; raises ClusterError where there is none."""
    found = history.last_served(history.releases(session.api, session.environment.namespace))
    if found is None:
        _refuse_undeployed(session)
    return str(found.number), list(found.objects)


def live_release(session: ClusterSession) -> Serving:
    """What runs, whoever brought it; raises ClusterError where nothing does."""
    api, namespace = session.api, str(session.environment.namespace)
    found = together(lambda kind: api.list(kind, namespace, f"{INSTANCE}={namespace}"), (*_WORKLOADS, _POLICY))
    objects = [each for listed in found for each in listed]
    if not templates(objects):
        _refuse_undeployed(session)
    return "", objects


def _refuse_undeployed(session: ClusterSession) -> NoReturn:
    name = session.environment.name
    raise ClusterError(f"{name} has no release yet that a command could run in; `kkinfra deploy {name}` brings one")


def run(
    session: ClusterSession, asked: CommandRequest, streams: Streams, serving: Callable[[ClusterSession], Serving]
) -> int:  # fmt: skip
    """Run a command to its end; returns its exit code. Raises ClusterError where it cannot be run, or is lost."""
    needs = secret_needs(session.environment)
    mask = Mask(live_secrets(session.api, needs))
    session.telling.mask = mask
    release, objects = serving(session)
    of, template = _chosen(session, asked, templates(objects))
    running = _Running(session, asked, streams, mask, of, template, objects)
    told, began = who(), time.time()
    run = Run(
        release, "run", "begun", began, image=next(iter(images_of([template])), ""), who=told["who"],
        ci=told.get("ci", ""), command=_shortened(mask(shlex.join(asked.argv))),
    )  # fmt: skip
    with ended_by_signals(InterruptedRunError):
        prune_left(session.api, str(session.environment.namespace))
        log = run_log(session)
        entry, why, code = log.write(run), "was cut off", 0
        try:
            code = running.attached() if asked.attach else running.fresh(run)
            why = f"exit code {code}" if code else ""
        except ClusterError as error:
            why = mask(str(error)).splitlines()[0]
            raise
        except (KeyboardInterrupt, InterruptedRunError):
            why = "interrupted"
            raise
        finally:
            result = "failed" if why else "ended"
            ended = replace(run, result=result, seconds=round(time.time() - began, 1), why=why)
            _forgiven(session, "the history lacks its end", lambda: log.write(ended, entry))
    return code


def _chosen(session: ClusterSession, asked: CommandRequest, known: dict[str, JSON]) -> tuple[str, JSON]:
    """The part and its template; raises ClusterError, with those that there are, where it is unknown."""
    environment = session.environment
    product = (str(name) for name, _ in environment.app_parts())
    of = asked.part or next((name for name in product if name in known), "")
    if of not in known:
        what = f"no part called {of} that a command could run in" if of else "no part that runs the product's image"
        raise ClusterError(f"{environment.name} has {what}; there are: {', '.join(sorted(known)) or 'none'}")
    return of, known[of]


def _shortened(command: str) -> str:
    return command if len(command) <= _LONGEST_COMMAND else f"{command[: _LONGEST_COMMAND - 3]}..."


def _forgiven(session: ClusterSession, what: str, do: Callable[[], object]) -> None:
    """Do something that must not hide how the command ended."""
    try:
        do()
    except ClusterError as error:
        session.telling.note(f"warning: {what}: {error}")


@dataclass(frozen=True, slots=True)
class _Running:
    """A command, and what it is run in."""

    session: ClusterSession
    asked: CommandRequest
    streams: Streams
    mask: Mask
    part: str
    template: JSON
    objects: list[JSON]

    @property
    def namespace(self) -> str:
        return str(self.session.environment.namespace)

    @property
    def container(self) -> str:
        return str(main_container(part(self.template, "spec"), self.part)["name"])

    def fresh(self, run: Run) -> int:
        """In a pod of its own, which is removed whatever happens."""
        about = {"kkinfra/by": run.who, "kkinfra/command": run.command, "kkinfra/release": run.release}
        code = self._once(about, is_gated=True)
        if code is None:
            self.session.telling.note(
                f"the image of {self.part} has no sh: what the command prints at once comes late, or not at all"
            )
            code = self._once(about, is_gated=False)
        return _NOT_FOUND if code is None else code

    def _once(self, about: dict[str, str], *, is_gated: bool) -> int | None:
        """The exit code; None where the image has no shell, which the gate needs."""
        name = f"{self.part[:_LONGEST_NAME].rstrip('-')}-run-{secrets.token_hex(4)}"
        made = OneOff(
            name, self.namespace, self.part, self.template, self.asked.argv, self.asked.terminal,
            {key: text for key, text in about.items() if text},
        )  # fmt: skip
        pod = self._create(made, is_gated=is_gated)
        try:
            if policy := made.policy(self.objects, pod):
                self.session.api.create(policy)
            return self._held(self._started(pod), is_gated=is_gated)
        finally:
            left = f"pod/{name} was not removed, which the next run or deploy does"
            _forgiven(self.session, left, lambda: self._remove(pod))

    def _remove(self, pod: JSON) -> None:
        self.session.api.delete(_POD, self.namespace, reference(pod).name, uid=pod["metadata"]["uid"])

    def _create(self, made: OneOff, *, is_gated: bool) -> JSON:
        try:
            return self.session.api.create(made.pod(is_gated=is_gated))
        except ClusterError as error:
            if "exceeded quota" not in str(error):
                raise
            said = str(error).partition(";")[0]
            raise ClusterError(f"the namespace has no room for one more container: {said}; raise its quota") from error

    def _held(self, pod: JSON, *, is_gated: bool) -> int | None:
        """Talk with the command until it ends."""
        name, is_over = reference(pod).name, bool(_terminated(pod))
        self.session.telling.pause()
        if not is_over:
            query = [
                ("container", self.container), ("stdin", "true"), ("stdout", "true"),
                *([("tty", "true")] if self.asked.terminal else [("stderr", "true")]),
            ]  # fmt: skip
            try:
                self._talk(f"{_POD.path(self.namespace, name)}/attach", query, b"\n" if is_gated else b"")
            except _EndedBeforeError:
                is_over = True
        pod = self._until_over(pod)
        ended = _terminated(pod)
        said = str(ended.get("message") or "")
        if _started_wrong(ended):
            if is_gated and _NO_SHELL.search(said):
                return None
            return self._code_of(said)
        if is_over:  # it was too quick to be attached to
            text = self.session.api.text(f"{_POD.path(self.namespace, name)}/log", {"container": self.container})
            write_all(self.streams.stdout, self.mask(text).encode(errors="surrogateescape"))
        if ended.get("reason") == "OOMKilled":
            self.session.telling.note(f"the command was killed at the memory limit of {self.part} (OOMKilled)")
        return int(ended.get("exitCode") or 0)

    def _talk(self, path: str, query: list[tuple[str, str]], opening: bytes = b"") -> JSON:
        try:
            remote = self.session.api.converse(path, query)
        except ClusterError as error:
            if opening or error.status not in (400, 404, 500):
                raise
            raise _EndedBeforeError(str(error), error.status) from error
        if not remote.can_close_input and not self.asked.terminal:
            self.session.telling.note("this cluster (before 1.30) does not pass on where the input ends")
        return Conversation(remote, self.streams, self.mask, self.asked.terminal, opening).hold()

    def _code_of(self, said: str) -> int:
        """The exit code where the runtime did not start it; raises ClusterError where that is not the command's."""
        code = _NOT_FOUND if _ABSENT.search(said) else _NOT_EXECUTABLE if _REFUSED.search(said) else 0
        if not code:
            raise ClusterError(self.mask(f"the command was not started in {self.part}: {said}"))
        write_all(self.streams.stderr, f"{self.mask(said.rpartition('exec: ')[2] or said)}\n".encode())
        return code

    def _started(self, pod: JSON) -> JSON:
        """The pod once its container runs, or has ended; raises ClusterError that says why it does not get there."""
        name = reference(pod).name
        began, said = time.monotonic(), time.monotonic()
        while not (_state(pod, self.container) & {"running", "terminated"}):
            waited = time.monotonic() - began
            is_hopeless = _reason(pod, self.container) in _HOPELESS or part(pod, "status").get("phase") == "Failed"
            if is_hopeless or waited > self.session.options.healthy_within:
                late = "" if is_hopeless else f" within {self.session.options.healthy_within} s"
                raise ClusterError(self.mask(f"the container of {self.part} did not start{late}: {self._why(pod)}"))
            if time.monotonic() - said > _SAY_SECONDS:
                said = time.monotonic()
                self.session.telling(f"waiting for a container of {self.part}: {self._why(pod)}")
            time.sleep(_POLL_SECONDS)
            pod = self._looked_at(name) or _gone(name)
        return pod

    def _why(self, pod: JSON) -> str:
        events: list[JSON] = []
        with suppress(ClusterError):
            events = self.session.api.list(_EVENT, self.namespace, fields=f"involvedObject.name={reference(pod).name}")
        return "; ".join(dict.fromkeys(each.text for each in causes(pod, events)))

    def _looked_at(self, name: str) -> JSON | None:
        return self.session.api.get(_POD, self.namespace, name)

    def _until_over(self, pod: JSON) -> JSON:
        """The pod once its container has ended, of which the server hears a moment later than whoever is attached."""
        name, until = reference(pod).name, time.monotonic() + _END_SECONDS
        while not _terminated(pod):
            if time.monotonic() > until:
                raise ClusterError(f"pod/{name} does not end, though what it printed has ended")
            time.sleep(_POLL_SECONDS)
            pod = self._looked_at(name) or _gone(name)
        return pod

    def attached(self) -> int:
        """In a container that runs already."""
        pod = self._ready_pod()
        self.session.telling.pause()
        query = [
            ("container", self.container), ("stdin", "true"), ("stdout", "true"),
            *([("tty", "true")] if self.asked.terminal else [("stderr", "true")]),
            *(("command", word) for word in self.asked.argv),
        ]  # fmt: skip
        status = self._talk(f"{_POD.path(self.namespace, reference(pod).name)}/exec", query)
        if status.get("status") == "Success":
            return 0
        for each in items(status, "details", "causes"):
            if each.get("reason") == "ExitCode":
                return int(each.get("message") or 1)
        if not status:
            raise ClusterError(f"the connection with pod/{reference(pod).name} was closed before the command ended")
        return self._code_of(str(status.get("message") or ""))

    def _ready_pod(self) -> JSON:
        found = self.session.api.list(_POD, self.namespace, f"{NAME}={self.part},{INSTANCE}={self.namespace}")
        ready = [each for each in found if holds(each, "Ready") and "deletionTimestamp" not in each["metadata"]]
        if not ready:
            name = self.session.environment.name
            raise ClusterError(
                f"no container of {self.part} is ready to be attached to; see `kkinfra status {name}`, or run the "
                "command in a fresh one, without --attach"
            )
        return max(ready, key=created)


class _EndedBeforeError(ClusterError):
    """There was nothing any more to be attached to."""


def _gone(name: str) -> NoReturn:
    raise ClusterError(f"pod/{name} was removed by somebody else before the command had ended")


def _status_of(pod: JSON, container: str = "") -> JSON:
    found = items(pod, "status", "containerStatuses")
    return part(next((each for each in found if not container or each.get("name") == container), None))


def _state(pod: JSON, container: str) -> set[str]:
    return {*part(_status_of(pod, container), "state")}


def _reason(pod: JSON, container: str) -> str:
    return str(part(_status_of(pod, container), "state", "waiting").get("reason", ""))


def _terminated(pod: JSON) -> JSON:
    return part(_status_of(pod), "state", "terminated")


def _started_wrong(ended: JSON) -> bool:
    return ended.get("reason") in ("StartError", "ContainerCannotRun", "RunContainerError")
