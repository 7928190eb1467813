"""Differences and deploys of a cluster, beside kubectl: on the one that KUBECONFIG names, or on a double of one.

Which it is goes by KKINFRA_CLUSTER=yes, as in `nox -s cluster`. Targets are for a real one: the double is one Python
process, to which a long list costs more than to kube-apiserver, and a single object, without TLS, less.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.commands import CACHE, ROOT, kkinfra
from benchmarks.comparison import Comparison, Left, Row
from benchmarks.measure import Command, FailedCommandError, measure, once
from benchmarks.rendered import count_objects

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENVIRONMENT = "bench"
RUNNING = 30
"""So many parts run; further ones wait for the next new year, since a small cluster has no room for all."""

SMALL, LARGE = 12, 166
"""Parts, which make 42 and 504 objects."""

DIFF = {SMALL: 1 / 2, LARGE: 1 / 15}
FIRST_DIFF = {SMALL: 1.0, LARGE: 1 / 4}
DEPLOY = {SMALL: 1.0, LARGE: 1 / 8}
"""What kkinfra may take of the time that kubectl takes; the first time, it renders what it remembers afterwards."""

MOST_MIB = 300
_MS, _MIB = 1e3, 2**20
_READY_SECONDS = "600"
_SPEC = """
project: bench
image: busybox:1.37
stack:
{parts}
environments:
  bench:
    purpose: measuring
    domain: bench.example.org
    platform:
      kind: kubernetes
      version: "1.33"
      namespace: {namespace}
      nodes:
        control_plane: {{count: 1, cpu: "2", memory: 4GiB}}
        workers: {{count: 1, cpu: "16", memory: 64GiB}}
      ingress: {{kind: traefik}}
      storage: {{server: nas.example.org, path: /export/bench}}
    delivery: {{by: apply}}
"""
_SERVICE = "  service-{}: {{kind: container, command: [sleep, infinity], memory: 32MB, cpu: 10m}}"
_CRON = '  yearly-{}: {{kind: cron, command: ["true"], schedule: "0 0 1 1 *", memory: 32MB, cpu: 10m}}'


@dataclass(frozen=True)
class Cluster:
    """A cluster by its kubeconfig; `flags` are what kubectl needs to apply to it, `called` is for the report."""

    kubectl: str
    kubeconfig: str
    called: str
    flags: tuple[str, ...] = ()
    is_real: bool = True

    def ours(self, scratch: Path, verb: str, *arguments: str) -> Command:
        """A verb of kkinfra's, on the specification in `scratch`."""
        command = kkinfra(scratch, verb, ENVIRONMENT, "--spec", str(scratch / "cluster.yaml"), *arguments)
        return replace(command, variables={**command.variables, "KUBECONFIG": self.kubeconfig})

    def theirs(self, *arguments: str) -> Command:
        """A command of kubectl's."""
        return Command((self.kubectl, *arguments), ROOT, {"KUBECONFIG": self.kubeconfig})


def clusters(scratch: Path, runs: int) -> Iterator[Row]:
    """Unchanged differences and deploys of 42 and of 504 objects, and the memory that they take.

    kubectl reads a file that was rendered beforehand, and so does kkinfra, as it has rendered the same before.
    """
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        yield Left("a cluster", "kubectl is not on PATH; Debian's package kubernetes-client has it")
        return
    with _cluster(scratch, kubectl) as cluster:
        for parts in (SMALL, LARGE):
            turns = runs if parts == SMALL else min(runs, 7)
            yield from _beside_kubectl(cluster, scratch / f"cluster-{parts}", parts, turns)


@contextmanager
def _cluster(scratch: Path, kubectl: str) -> Iterator[Cluster]:
    if os.environ.get("KKINFRA_CLUSTER") == "yes":
        cluster = Cluster(kubectl, os.environ["KUBECONFIG"], "a cluster")
        try:
            yield cluster
        finally:
            made = [_namespace(parts) for parts in (SMALL, LARGE)]
            once(cluster.theirs("delete", "namespace", *made, "--ignore-not-found", "--timeout=120s"))
        return
    kubeconfig = scratch / "kubeconfig"
    argv = [sys.executable, "-m", "benchmarks.programs.cluster_served", str(kubeconfig)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as served:
        if not (served.stdout and served.stdout.readline()):
            raise FailedCommandError("the double of a cluster does not start")
        yield Cluster(kubectl, str(kubeconfig), "its double", ("--validate=false",), is_real=False)
        served.communicate()


def _beside_kubectl(cluster: Cluster, scratch: Path, parts: int, runs: int) -> Iterator[Row]:
    scratch.mkdir()
    (scratch / "cluster.yaml").write_text(_SPEC.format(namespace=_namespace(parts), parts="\n".join(_parts(parts))))
    file, objects = _rendered(cluster, scratch)
    deploy = cluster.ours(scratch, "deploy", "--yes", "--timeout", _READY_SECONDS)
    apply = cluster.theirs("apply", "--server-side", *cluster.flags, "--filename", file)
    once(deploy)
    once(apply)
    where = f"{objects} objects on {cluster.called}"
    diff, compare = cluster.ours(scratch, "diff"), cluster.theirs("diff", "--server-side", "--filename", file)
    pairs = (
        ("diff, nothing changed", diff, compare, DIFF),
        ("diff for the first time", replace(diff, removed_before=(scratch / CACHE,)), compare, FIRST_DIFF),
        ("deploy, nothing changed", deploy, apply, DEPLOY),
    )
    most = 0
    for what, ours, theirs, target in pairs:
        once(ours)
        found, peer = measure([ours, theirs], runs)
        beside = f"kubectl {theirs.argv[1]} --server-side, {where}"
        most_asked = target[parts] if cluster.is_real else None
        yield Comparison(what, beside, found.median * _MS, peer.median * _MS, most_asked)
        most = max(most, found.peak)
    yield Comparison("memory for diff and deploy", f"a limit, {where}", most / _MIB, MOST_MIB, 1, "MiB")


def _namespace(parts: int) -> str:
    """One for each: what kubectl has applied, it owns as well, and a network policy names other parts."""
    return f"kkinfra-bench-{parts}"


def _parts(count: int) -> list[str]:
    return [(_SERVICE if number < RUNNING else _CRON).format(number) for number in range(count)]


def _rendered(cluster: Cluster, scratch: Path) -> tuple[str, int]:
    """All objects in one file, as kubectl reads them fastest; and how many they are."""
    once(cluster.ours(scratch, "render", "--out", str(scratch / "out")))
    argv = [cluster.kubectl, "kustomize", str(scratch / "out" / ENVIRONMENT)]
    file = scratch / "all.yaml"
    file.write_bytes(subprocess.run(argv, check=True, capture_output=True).stdout)
    return str(file), count_objects([file])
