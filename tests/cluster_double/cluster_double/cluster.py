"""A cluster on loopback that a client talks to as it does to kube-apiserver 1.33."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import yaml

from cluster_double import kinds
from cluster_double.access import Users
from cluster_double.answering import Answering
from cluster_double.attaching import PROTOCOLS
from cluster_double.controllers.behaviour import MODES, Behaviour
from cluster_double.controllers.loop import Loop
from cluster_double.controllers.world import Pace, World
from cluster_double.faults import Faults
from cluster_double.logs import Logs
from cluster_double.objects import Objects
from cluster_double.registry import Registry
from cluster_double.server import Server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from cluster_double.asked import Request


@dataclass(slots=True)
class ClusterDouble:
    """The cluster; a context manager that serves while it is entered.

    `custom` names the custom resources that are installed.
    """

    custom: tuple[kinds.Resource, ...] = (*kinds.TRAEFIK, *kinds.ARGO)
    registry: Registry = field(default_factory=Registry)
    users: Users = field(default_factory=Users)
    faults: Faults = field(default_factory=Faults)
    logs: Logs = field(default_factory=Logs)
    requests: list[Request] = field(default_factory=list)
    pace: Pace = field(default_factory=Pace)
    protocols: tuple[str, ...] = PROTOCOLS
    attached: list[socket.socket] = field(default_factory=list)
    objects: Objects = field(init=False)
    answering: Answering = field(init=False)
    world: World = field(init=False)
    controllers: Loop = field(init=False)
    _server: Server | None = None
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.objects = Objects(self.registry)
        self.faults.forget = self.registry.store.forget
        self.world = World(self.registry, self.logs, pace=self.pace)
        self.answering = Answering(self.registry, self.users, self.logs, self.world)
        self.controllers = Loop(self.world)

    def __enter__(self) -> Self:
        self._install()
        self._server = Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.controllers.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:  # fmt: skip
        assert self._server is not None
        assert self._thread is not None
        self.controllers.stop()
        self._server.running = False
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.world.processes.end()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_port}"

    def _install(self) -> None:
        for name in ("default", "kube-system", "kube-public", "kube-node-lease"):
            self.objects.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for resource in self.custom:
            self.objects.create(kinds.definition(resource))

    @property
    def failures(self) -> list[BaseException]:
        """What went wrong in the double itself; a test that ends with any proves nothing."""
        return self.controllers.failures

    def behave(self, name: str, mode: str, **how: Any) -> None:
        """From now on the pods of the workload, of the name or of the image behave so; see Behaviour for `how`."""
        if mode not in MODES:
            raise ValueError(mode)
        self.world.behaviours.known.append(Behaviour(name, mode, **how))
        with self.registry.store.changed:
            self.registry.store.version += 1
            self.registry.store.changed.notify_all()

    def cut_attached(self) -> None:
        """All connections with processes are lost."""
        for each in self.attached:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        """Wait until the condition holds; AssertionError where it does not in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the cluster did not get there in time"
            assert not self.failures, self.failures
            time.sleep(0.01)

    def kubeconfig(self, path: Path, token: str = "admin", *, namespace: str = "default") -> Path:  # noqa: S107
        """Write a kubeconfig of one context, called `double`, for the user with the token."""
        context = {"cluster": "double", "user": "user", "namespace": namespace}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "double",
            "clusters": [{"name": "double", "cluster": {"server": self.url}}],
            "users": [{"name": "user", "user": {"token": token}}],
            "contexts": [{"name": "double", "context": context}],
        }
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return path
