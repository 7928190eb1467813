"""Run as a program of its own: Helm's engine templates CHART for COUNT environments, in memory."""

import sys

import helm_python

from benchmarks.many_environments import domain_of, names, namespace_of

if __name__ == "__main__":
    chart = helm_python.Chart.load(sys.argv[1])
    size = 0
    for name in names(int(sys.argv[2])):
        files = chart.render({"namespace": namespace_of(name), "domain": domain_of(name)}, name=name)
        size += sum(map(len, files.values()))
    print(size)
