"""One-off pods: those that nobody owns, with a container that takes input. Their commands run, as real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers import container_states as states
from cluster_double.processes import NotStartedError, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON
    from cluster_double.processes import Process, Sink

_SAYS = (
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: error during container init: "
)


def is_one_off(pod: JSON) -> bool:
    return not pod["metadata"].get("ownerReferences") and bool(pod["spec"]["containers"][0].get("stdin"))


def next_state(world: World, pod: JSON, container: JSON, before: JSON) -> JSON:
    """Of its container: it is started, runs, and has ended."""
    uid = pod["metadata"]["uid"]
    world.timed = True
    process = world.processes.of_pods.get(uid)
    if "terminated" in before["state"]:
        return before
    if process is None:
        argv = [_literal(word) for word in (*container.get("command", ()), *container.get("args", ()))]
        try:
            world.processes.of_pods[uid] = started(world, pod, container, argv)
        except NotStartedError as error:
            return states.status(container, states.terminated(128, "StartError", message=f"{_SAYS}{error}: unknown"))
        return states.status(container, states.running(), ready=True)
    code = process.code()
    return before if code is None else states.status(container, states.terminated(code))


def started(world: World, pod: JSON, container: JSON, argv: Sequence[str]) -> Process:
    """The process of a container, whose log has what it prints. Raises NotStartedError."""
    metadata = pod["metadata"]

    def log(_channel: int, data: bytes) -> None:
        world.logs.write(metadata["namespace"], metadata["name"], container["name"], data.decode(errors="replace"))

    variables = dict(_variables(world, metadata["namespace"], container))
    return start(argv, variables, log, terminal=bool(container.get("tty")))


def executed(
    world: World, pod: JSON, container: JSON, argv: Sequence[str], sink: Sink, *, terminal: bool
) -> Process:  # fmt: skip
    """One more process in a container. Raises NotStartedError."""
    variables = dict(_variables(world, pod["metadata"]["namespace"], container))
    process = start(argv, variables, sink, terminal=terminal)
    world.processes.others.append(process)
    return process


def end(world: World, pod: JSON) -> None:
    process = world.processes.of_pods.get(pod["metadata"]["uid"])
    if process is not None:
        process.end()


def _variables(world: World, namespace: str, container: JSON) -> Iterator[tuple[str, str]]:
    find: Callable[[str], JSON] = lambda name: (world.find("ConfigMap", namespace, name) or {}).get("data") or {}  # noqa: E731
    for each in container.get("envFrom") or []:
        yield from find((each.get("configMapRef") or {}).get("name", "")).items()
    for each in container.get("env") or []:
        if "value" in each:
            yield each["name"], each["value"]


def _literal(word: str) -> str:
    """https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/."""
    return word.replace("$$", "$")
