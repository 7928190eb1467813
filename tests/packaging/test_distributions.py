"""What is in the wheel and in the source distribution."""

import tarfile
import zipfile

import pytest

from checkout import ROOT

PACKAGES = (
    "kkinfra",
    "kkinfra_cloudformation",
    "kkinfra_compose",
    "kkinfra_github_actions",
    "kkinfra_kubernetes",
    "kkinfra_nginx",
)


def sources():
    """Every file of every package, by its path in the wheel."""
    for name in PACKAGES:
        directory = next(path for path in (ROOT / name, ROOT / "renderers" / name) if path.is_dir())
        for path in directory.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(directory.parent).as_posix()


@pytest.fixture(scope="module")
def wheel(distributions):
    with zipfile.ZipFile(distributions[0]) as archive:
        yield archive


def test_the_wheel_holds_every_file_of_every_package_and_nothing_else(wheel):
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == set(sources())
    assert {f"{name}/py.typed" for name in PACKAGES} <= names
    assert any(name.startswith("kkinfra/cli/starter_files/") for name in names)


def test_every_package_in_renderers_is_known_here():
    assert {path.parent.name for path in (ROOT / "renderers").glob("*/__init__.py")} == set(PACKAGES) - {"kkinfra"}


def test_the_wheel_registers_the_renderers_and_the_command(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    text = wheel.read(name).decode()
    assert "kkinfra = kkinfra.cli.main:main" in text
    for renderer in ("compose", "github-actions", "kubernetes", "nginx"):
        assert f"{renderer} = kkinfra_{renderer.replace('-', '_')}:" in text
    provisioners = text.partition("[kkinfra.provisioners]\n")[2].partition("\n\n")[0]
    assert [line.partition(" = ")[0] for line in provisioners.splitlines()] == ["cloudformation", "database", "host"]


def test_the_wheel_carries_license_and_readme(wheel):
    assert any(name.endswith("/licenses/LICENSE") for name in wheel.namelist())
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = wheel.read(name).decode()
    assert "License-Expression: MIT" in metadata
    assert (ROOT / "README.md").read_text().splitlines()[0] in metadata


def test_the_source_distribution_holds_what_builds_the_wheel_and_no_more(distributions):
    with tarfile.open(distributions[1]) as archive:
        top = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    known = {"kkinfra", "renderers", "README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"}
    assert top <= known
    assert {"kkinfra", "renderers", "pyproject.toml"} <= top
