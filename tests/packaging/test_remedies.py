"""What a message says installs what is missing: it is run in a shell as printed, and the message is gone.

One environment for each way to install kkinfra, each made by the program that a user would make it with.
"""

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

REMEDY = re.compile(r"`(.+)` installs it")
UV, PIPX = (str(Path(sys.executable).with_name(name)) for name in ("uv", "pipx"))
HIDDEN = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "KKINFRA_SPEC", "PIP_REQUIRE_VIRTUALENV", "PIP_USER")
BARE = "/usr/bin:/bin"

JINJA = "'jinja2<4,>=3.1.6'"


@dataclass
class Place:
    """A directory that has an environment with kkinfra; `kkinfra` is how a user calls it there."""

    scratch: Path
    kkinfra: tuple[str, ...]
    path: str
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *command):
        kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        return subprocess.run(
            command, cwd=self.scratch, env={**kept, "PATH": self.path, **self.variables}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip

    def must(self, *command):
        done = self.run(*command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def call(self, *arguments):
        return self.run(*self.kkinfra, *arguments)

    def take(self, remedy):
        """Run a command in a shell, as it was printed."""
        self.must("sh", "-c", remedy)


@pytest.fixture
def place(project):
    def make(*kkinfra, path, **variables):
        return Place(project, tuple(str(each) for each in kkinfra), path, variables)

    return make


@pytest.fixture
def ensurepip():
    if importlib.util.find_spec("ensurepip") is None:
        pytest.skip("needs ensurepip, which the Python here came without")


@pytest.fixture
def with_pip(place, tmp_path, distributions, ensurepip):
    """`python -m venv`; no uv is on the machine."""
    home = tmp_path / "venv"
    there = place(home / "bin/kkinfra", path=BARE)
    there.must(sys.executable, "-m", "venv", str(home))
    there.must(UV, "pip", "install", "--quiet", "--python", str(home / "bin/python"), str(distributions[0]))
    return there, f"{home}/bin/python -m pip install {JINJA}"


@pytest.fixture
def with_uv(place, tmp_path, distributions):
    """`uv venv`, which has no pip."""
    home = tmp_path / "venv"
    there = place(home / "bin/kkinfra", path=f"{Path(UV).parent}:{BARE}")
    there.must(UV, "venv", "--quiet", str(home))
    there.must(UV, "pip", "install", "--quiet", "--python", str(home / "bin/python"), str(distributions[0]))
    return there, f"uv pip install --python {home}/bin/python {JINJA}"


@pytest.fixture
def without_either(place, tmp_path, distributions, ensurepip):
    """An environment without pip, on a machine without uv."""
    home = tmp_path / "venv"
    there = place(home / "bin/kkinfra", path=BARE)
    there.must(sys.executable, "-m", "venv", "--without-pip", str(home))
    there.must(UV, "pip", "install", "--quiet", "--python", str(home / "bin/python"), str(distributions[0]))
    python = f"{home}/bin/python"
    return there, f"{python} -m ensurepip && {python} -m pip install {JINJA}"


@pytest.fixture
def with_uv_tool(place, tmp_path, distributions):
    """`uv tool install`, with something beside kkinfra already."""
    at = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    there = place(tmp_path / "bin/kkinfra", path=f"{Path(UV).parent}:{BARE}", **at)
    there.must(UV, "tool", "install", "--quiet", "--with", "docker>=7.1,<8", str(distributions[0]))
    kkinfra = f"'kkinfra @ {distributions[0].as_uri()}'"
    return there, f"uv tool install --with 'docker>=7.1,<8' --with {JINJA} {kkinfra}"


@pytest.fixture
def with_uv_tool_elsewhere(place, tmp_path, distributions):
    """A tool of uv's that `uv tool` would not find in this shell."""
    at = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    there = place(tmp_path / "bin/kkinfra", path=f"{Path(UV).parent}:{BARE}", **at)
    there.must(UV, "tool", "install", "--quiet", str(distributions[0]))
    there.variables["UV_TOOL_DIR"] = str(tmp_path / "other")
    return there, f"uv pip install --python {tmp_path}/tools/kkinfra/bin/python {JINJA}"


@pytest.fixture
def with_pipx(place, tmp_path, distributions):
    """`pipx install`."""
    at = {"PIPX_HOME": str(tmp_path / "pipx"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    there = place(
        tmp_path / "bin/kkinfra", path=f"{Path(PIPX).parent}:{BARE}", **at, PIPX_DEFAULT_PYTHON=sys.executable
    )
    there.must(PIPX, "install", "--quiet", str(distributions[0]))
    return there, f"pipx inject kkinfra {JINJA}"


@pytest.fixture
def in_the_system(place, tmp_path, distributions, ensurepip):
    """A Python of the system's, which says that it is managed by others (PEP 668), with a pip and kkinfra in it."""
    home, real = tmp_path / "usr", Path(sysconfig.get_path("stdlib"))
    stdlib = home / "lib" / real.name
    stdlib.mkdir(parents=True)
    for each in real.iterdir():
        if each.name not in ("site-packages", "dist-packages", "EXTERNALLY-MANAGED"):
            (stdlib / each.name).symlink_to(each)
    python = os.path.realpath(sys.executable)
    there = place(python, "-m", "kkinfra", path=BARE, PYTHONHOME=str(home))
    if there.run(python, "-m", "ensurepip").returncode:
        pytest.skip("needs a Python that makes a pip of its own, as Debian's does")
    there.must(python, "-m", "pip", "install", "--quiet", str(distributions[0]))
    (stdlib / "EXTERNALLY-MANAGED").write_text("[externally-managed]\nError=use apt\n")
    assert "externally-managed" in there.run(python, "-m", "pip", "install", "jinja2").stderr
    return there, f"{python} -m pip install --break-system-packages {JINJA}"


@pytest.mark.parametrize(
    "kind",
    [
        "with_pip", "with_uv", "without_either", "with_uv_tool", "with_uv_tool_elsewhere", "with_pipx", "in_the_system",
    ],
)  # fmt: skip
def test_the_remedy_installs_into_the_environment_that_prints_it(kind, request):
    there, expected = request.getfixturevalue(kind)
    refused = there.call("report", "--out", "report.html")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    (remedy,) = REMEDY.findall(refused.stderr)
    assert remedy == expected
    there.take(remedy)
    done = there.call("report", "--out", "report.html")
    assert done.returncode == 0, done.stderr
    assert "</html>" in (there.scratch / "report.html").read_text()


def test_source_that_is_only_on_the_path_is_installed_by_its_remedy(place, tmp_path, distributions):
    with tarfile.open(distributions[1]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.glob("kkinfra-*")
    python = tmp_path / "venv/bin/python"
    there = place(python, "-m", "kkinfra", path=f"{Path(UV).parent}:{BARE}", PYTHONPATH=str(source))
    there.must(UV, "venv", "--quiet", str(tmp_path / "venv"))
    there.must(UV, "pip", "install", "--quiet", "--python", str(python), "pydantic>=2.11,<3", "pyyaml>=6.0.2,<7")
    refused = there.call("render", "production")
    (remedy,) = REMEDY.findall(refused.stderr)
    assert (refused.returncode, remedy) == (1, f"uv pip install --python {python} --editable {source}")
    there.take(remedy)
    done = there.call("render", "production")
    assert done.returncode == 0, done.stderr


KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
users:
- name: x
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: "false", interactiveMode: Never}}
"""
SEALED = ("--spec", "spec/sealed.yaml")
NEEDS = {
    "boto3": ("provision", "production", "--dry-run"),
    "cryptography": ("secrets", "seal", "alpha", "DJANGO_SECRET_KEY", *SEALED, "--certificate", "noxfile.py"),
    "docker": ("build", "production", "--allow-dirty"),
    "kubernetes": ("bootstrap", "alpha"),
}
"""A verb that needs each extra's package; nothing that it asks for answers."""


def test_every_extra_is_installed_by_the_remedy_of_a_verb_that_needs_it(with_uv, project):
    there, _ = with_uv
    spec = project / "spec/environments.yaml"
    sealed = project / SEALED[1]
    sealed.write_text(
        spec.read_text().replace("ingress: {kind", "secrets: {kind: sealed-secrets}\n      ingress: {kind", 1)
    )
    (project / "kubeconfig").write_text(KUBECONFIG)
    (project / "app").mkdir()
    (project / "app/Dockerfile").write_text("FROM scratch\n")
    there.must("sh", "-c", "git init -q && git add . && git -c user.name=x -c user.email=x@example.org commit -qm x")
    there.variables |= {
        "DOCKER_HOST": "unix:///nonexistent", "KUBECONFIG": str(project / "kubeconfig"), "DJANGO_SECRET_KEY": "x",
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_MAX_ATTEMPTS": "1",
    }  # fmt: skip
    for package, verb in NEEDS.items():
        told = there.call(*verb).stderr
        (remedy,) = REMEDY.findall(told) or [told]
        assert re.match(f"uv pip install --python .+ '{package}<", remedy), told
        there.take(remedy)
        after = there.call(*verb)
        assert "installs it" not in after.stderr
        assert "Traceback" not in after.stderr
    extras = metadata(there)
    assert len(extras - {"nox", "report"}) == len(NEEDS), "an extra that no verb here needs"


def metadata(there):
    """The extras that the installed kkinfra has."""
    code = "from importlib.metadata import metadata; print(*metadata('kkinfra').get_all('Provides-Extra'))"
    return set(there.run(there.kkinfra[0].removesuffix("kkinfra") + "python", "-c", code).stdout.split())
