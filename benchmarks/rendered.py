"""What was rendered, seen as Kubernetes objects, and given to the peers."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_OBJECT = re.compile(r"^apiVersion:", re.MULTILINE)
_KUSTOMIZATION = "kustomization.yaml"
_ACCESS = "access"


def manifests(directory: Path) -> list[Path]:
    """Every file of objects that are applied together, sorted; a cluster's owner applies `access/` apart."""
    found = (path for path in directory.rglob("*.yaml") if path.name != _KUSTOMIZATION and path.parent.name != _ACCESS)
    return sorted(path for path in found if count_objects([path]))


def count_objects(paths: list[Path]) -> int:
    """The number of Kubernetes objects in files, some of which hold several."""
    return sum(len(_OBJECT.findall(path.read_text(encoding="utf-8"))) for path in paths)


def write_kustomization(directory: Path, names: list[str]) -> Path:
    """A copy of the rendered environments beside `directory`, with one kustomization over all their objects."""
    copy = directory.with_name(f"{directory.name}-kustomized")
    for name in names:
        for path in manifests(directory / name):
            target = copy / path.relative_to(directory)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    resources = "".join(f"- {path.relative_to(copy).as_posix()}\n" for path in manifests(copy))
    (copy / _KUSTOMIZATION).write_text(f"resources:\n{resources}", encoding="utf-8")
    return copy


def write_chart(directory: Path, chart: Path, values: dict[str, str]) -> None:
    """A Helm chart that renders the objects in `directory`; `values` is what it asks for, by the text it replaces."""
    for path in manifests(directory):
        text = path.read_text(encoding="utf-8").replace("{{", '{{ "{{" }}')
        for written, name in values.items():
            text = text.replace(written, f"{{{{ .Values.{name} }}}}")
        target = chart / "templates" / path.relative_to(directory)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: kkambbaki\nversion: 0.1.0\n", encoding="utf-8")
