"""import-linter's contracts (`.importlinter`), each of which goes red when it is broken."""

import shutil

import pytest

from checkout import ROOT


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of the sources that may be broken."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("kkinfra", "renderers"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def lint(run, sources):
    return run(
        "lint-imports", "--no-cache", cwd=sources, PYTHONPATH=f"{sources}:{sources / 'renderers'}", COLUMNS="500"
    )


def test_every_contract_is_kept(run, sources, count):
    done = lint(run, sources)
    assert done.returncode == 0, done.stdout
    count(next(line for line in done.stdout.splitlines() if line.startswith("Contracts: ")))


@pytest.mark.parametrize(
    ("file", "code", "contract"),
    [
        ("kkinfra/proving/proofs/queue.py", "import datetime", "Proofs are functions of their input"),
        ("kkinfra/spec/memory.py", "import kkinfra.cli.main", "Imports point one way along the data flow"),
        ("kkinfra/unplaced/__init__.py", "", "Imports point one way along the data flow"),
        ("kkinfra/values/another.py", "import kkinfra.spec.memory", "Imports point one way along the data flow"),
        ("kkinfra/targets/kubernetes/another.py", "import kkinfra.targets.gitops.deploy", "One delivery builds on"),
        (
            "kkinfra/targets/kubernetes/plan/another.py",
            "import kkinfra.targets.kubernetes.apply.lock",
            "The verbs of a",
        ),
        ("kkinfra/targets/compose/plan/another.py", "import kkinfra.targets.compose.client.ssh", "Plans and checks of"),
        ("renderers/kkinfra_nginx/__init__.py", "import os", "Renderers are functions of their input"),
        (
            "renderers/kkinfra_compose/__init__.py",
            "from kkinfra import Artifact",
            "Renderers know the model",
        ),
        (
            "renderers/kkinfra_compose/__init__.py",
            "import kkinfra.values.document",
            "Renderers know the model",
        ),
        ("renderers/kkinfra_nginx/__init__.py", "import kkinfra_compose", "Renderers do without one another"),
        ("kkinfra/rendering/writing.py", "import subprocess", "Processes are started by one module"),
        ("kkinfra/images/build.py", "import docker", "The Docker SDK is imported by one module"),
        ("kkinfra/cli/secrets_check.py", "import boto3", "AWS's SDK is imported by one module for each use"),
        ("kkinfra/cli/secrets_check.py", "import kubernetes", "The Kubernetes client is imported by one module"),
        ("kkinfra/host/masking.py", "import kkinfra.values.secret", "What runs on the host needs nothing but Python"),
        (
            "kkinfra/targets/compose/plan/plan.py",
            "import kkinfra.system.process",
            "Plans and checks of a host are functions",
        ),
        ("kkinfra/targets/cloudformation/stack/change_set.py", "import boto3", "What is read from what AWS says"),
        ("kkinfra/targets/kubernetes/plan/ranks.py", "import socket", "What is read from the state of a cluster"),
    ],
)
def test_a_contract_goes_red(run, sources, file, code, contract):
    path = sources / file
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{before or ''}\n{code}\n")
    try:
        done = lint(run, sources)
    finally:
        path.unlink() if before is None else path.write_text(before)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()
    assert done.returncode == 1
    assert any(line.startswith(contract) and "BROKEN" in line for line in done.stdout.splitlines()), done.stdout
