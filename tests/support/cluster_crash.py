"""A deployer that is killed in the middle of its work: a process of its own, and a cluster that kills it on command."""

from __future__ import annotations

import multiprocessing
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

from cluster_double.faults import Fault, Faults

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from cluster_double.asked import Request
    from cluster_user import ClusterUser

WRITES = ("POST", "PUT", "PATCH", "DELETE")


def _deploy(path: list[str], variables: dict[str, str]) -> None:
    sys.path[:] = path
    os.environ.clear()
    os.environ.update(variables)
    from kkinfra.cli.main import main
    from kkinfra.targets.kubernetes.apply import waiting

    waiting._POLL_SECONDS = 0.1
    with Path(os.devnull).open("w") as nothing, redirect_stdout(nothing), redirect_stderr(nothing):
        sys.exit(main(["deploy", "test", "--yes"]))


def start(user: ClusterUser) -> BaseProcess:
    """A deploy in a process of its own; what is imported is so once, in the process that they are forked from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["kkinfra.targets.kubernetes.deploy", "kkinfra.cli.main", "kubernetes", "cluster_crash"]
    )
    process = context.Process(target=_deploy, args=([*sys.path], user.variables()), daemon=True)
    process.start()
    return process


class Killing(Faults):
    """Kills a process with its writing request of a number (from 0): before it is done, or right after."""

    def __init__(self, at: int, *, after: bool) -> None:
        super().__init__()
        self.at, self.after, self.seen = at, after, 0
        self.process: BaseProcess | None = None

    def befalling(self, request: Request) -> Fault | None:
        if request.method not in WRITES or "dryRun" in request.query or self.process is None:
            return super().befalling(request)
        with self.lock:
            number, self.seen = self.seen, self.seen + 1
        if number < self.at:
            return None
        self.process.kill()
        self.process.join()
        return Fault(cut="after" if self.after and number == self.at else "before")

    def until_over(self, user: ClusterUser) -> bool:
        """Deploy; whether it was killed."""
        self.process = process = start(user)
        process.join(60)
        self.process = None
        return bool(process.exitcode)
