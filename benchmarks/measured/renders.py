"""Rendering: one environment, many, ever more, and by Nox."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from benchmarks.commands import kkinfra, kustomize, nox, program
from benchmarks.comparison import Comparison, Left, Row
from benchmarks.many_environments import DOMAIN, EXTENDED, PROJECT, SPEC, names, write_spec
from benchmarks.measure import ROUNDS, Command, measure, once
from benchmarks.rendered import count_objects, manifests, write_chart, write_kustomization

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANY = 100
LARGE = (200, 600, 1000)
"""Counts of environments at even distances: between them, time and memory should grow alike."""

_MS = 1e3
_MIB = 2**20


def one_environment(scratch: Path, runs: int) -> Iterator[Row]:
    """Rendering alpha, unchanged and from nothing, beside kustomize reading what was rendered."""
    out, cold = scratch / "one", scratch / "cold"
    once(kkinfra(scratch, "render", EXTENDED, "--spec", str(SPEC), "--out", str(out)))
    peer = kustomize(write_kustomization(out, [EXTENDED]))
    unchanged = kkinfra(scratch, "render", EXTENDED, "--spec", str(SPEC), "--out", str(out))
    from_nothing = kkinfra(
        scratch / "cold-cache", "render", EXTENDED, "--spec", str(SPEC), "--out", str(cold), cold=cold
    )
    if isinstance(peer, str):
        yield Left("one environment", peer)
        return
    ours, fresh, theirs = measure([unchanged, from_nothing, peer], runs)
    objects = count_objects(manifests(out))
    beside = f"kubectl kustomize, {objects} objects"
    yield Comparison("render, nothing changed", beside, ours.median * _MS, theirs.median * _MS, 1)
    yield Comparison("render, from nothing", beside, fresh.median * _MS, theirs.median * _MS, 3)


def many_environments(scratch: Path, runs: int) -> Iterator[Row]:
    """Rendering 100 environments, beside kustomize reading the same objects and Helm's engine templating as many."""
    spec, out = write_spec(scratch, MANY), scratch / "many"
    command = kkinfra(scratch / "many-cache", "render", *names(MANY), "--spec", str(spec), "--out", str(out), cold=out)
    (ours,) = measure([command], max(3, runs // 3))
    yield _beside_kustomize(out, ours.median)
    yield _beside_helm(scratch, spec, count_objects(manifests(out)), runs)


def _beside_kustomize(out: Path, ours: float) -> Row:
    what = f"render, {MANY} environments"
    objects = count_objects(manifests(out))
    peer = kustomize(write_kustomization(out, names(MANY)))
    if isinstance(peer, str):
        return Left(what, peer)
    return Comparison(what, f"kubectl kustomize, {objects:,} objects", ours * _MS, once(peer).median * _MS, 1 / 25)


def _beside_helm(scratch: Path, spec: Path, objects: int, runs: int) -> Row:
    what = f"render, {MANY} environments, in memory"
    if not importlib.util.find_spec("helm_python"):
        return Left(what, "helm-python-sdk is not installed; pip install helm-python-sdk")
    chart = scratch / "chart"
    write_chart(scratch / "one" / EXTENDED, chart, {f"{PROJECT}-{EXTENDED}": "namespace", DOMAIN: "domain"})
    engine = program(scratch, "template_with_helm", str(chart), str(MANY))
    ours, theirs = measure([program(scratch, "render_in_memory", str(spec)), engine], runs)
    return Comparison(what, f"Helm's engine, {objects:,} objects", ours.median * _MS, theirs.median * _MS, 4)


def growth(scratch: Path, _runs: int) -> Iterator[Row]:
    """Processor time and memory from 600 to 1,000 environments, beside those from 200 to 600; and the most memory."""
    commands = [_render_all(scratch, count) for count in LARGE]
    turns = [[once(command) for command in commands] for _ in range(ROUNDS)]
    small, middle, large = (min(each.processor for each in of_one) * _MS for of_one in zip(*turns, strict=True))
    more = f"{LARGE[2] - LARGE[1]} environments more, of {LARGE[2]:,}"
    beside = f"of {LARGE[1]:,}"
    yield Comparison(f"processor time for {more}", beside, large - middle, middle - small, 1.25)
    small, middle, large = (max(each.peak for each in of_one) / _MIB for of_one in zip(*turns, strict=True))
    yield Comparison(f"memory for {more}", beside, large - middle, middle - small, 1.25, "MiB")
    yield Comparison(f"memory for {LARGE[2]:,} environments", "1 GiB", large, 1024, 1, "MiB")


def _render_all(scratch: Path, count: int) -> Command:
    spec, out = write_spec(scratch, count), scratch / "growth"
    return kkinfra(scratch / "growth-cache", "render", "--all", "--spec", str(spec), "--out", str(out), cold=out)


def session(scratch: Path, runs: int) -> Iterator[Row]:
    """The Nox session, unchanged, beside Nox telling its version and the command by itself."""
    what = f"nox -s render-{EXTENDED}, nothing changed"
    out = str(scratch / "one")
    bare, whole = nox(scratch, "--version"), nox(scratch, "-s", f"render-{EXTENDED}", "--", "--out", out)
    if isinstance(bare, str) or isinstance(whole, str):
        yield Left(what, str(bare))
        return
    command = kkinfra(scratch, "render", EXTENDED, "--out", out)
    once(command)
    ours, version, alone = measure([whole, bare, command], runs)
    yield Comparison(
        what, "nox --version, and the command", ours.median * _MS, (version.median + alone.median) * _MS, 2
    )
