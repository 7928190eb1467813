"""Run as a program of its own: the double of a cluster, until its input ends; the argument is its kubeconfig."""

import sys
from pathlib import Path

from benchmarks.commands import ROOT

sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "tests" / "cluster_double"))
from cluster_double import ClusterDouble
from cluster_double.access import ADMIN

if __name__ == "__main__":
    with ClusterDouble() as double:
        double.users.anonymous = ADMIN  # kubectl sends no token over plain HTTP
        double.kubeconfig(Path(sys.argv[1]))
        print("ready", flush=True)
        sys.stdin.read()
