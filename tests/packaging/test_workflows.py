"""The workflows in a repository of somebody else's, where kkinfra comes from `.github/requirements.txt`."""

import os
import shutil
import subprocess

import pytest

import quick_yaml
from workflow_runner import WorkflowRunner

HIDDEN = ("PATH", "HOME", "VIRTUAL_ENV", "PYTHONPATH", "KKINFRA_SPEC", "PIP_USER", "PIP_REQUIRE_VIRTUALENV")


@pytest.fixture
def runner(project, tmp_path):
    """A machine that reaches a package index as this one does."""
    if subprocess.run(["python3", "-c", "import ensurepip"], capture_output=True, check=False).returncode:
        pytest.skip("needs ensurepip, which the Python here came without")
    variables = {name: value for name, value in os.environ.items() if name not in HIDDEN}
    return WorkflowRunner(project, tmp_path / "runner", beside={**variables, "HOME": os.environ["HOME"]})


def test_a_pull_request_is_checked_with_what_the_repository_requires(runner, project, distributions, installed, call):
    call(installed / "kkinfra", "render", "production", cwd=project)
    shutil.copytree(project / "build/production/.github", project / ".github")
    (project / ".github/requirements.txt").write_text(f"kkinfra @ {distributions[0].as_uri()}\n")
    workflow = quick_yaml.load((project / ".github/workflows/check-production.yaml").read_text())
    shown = runner.run(workflow, "check")
    programs = runner.temp / "kkinfra" / "bin"
    assert runner.file("path").read_text() == f"{programs}\n"
    assert shutil.which("kkinfra", path=str(programs))
    assert "production valid" in shown[1]
