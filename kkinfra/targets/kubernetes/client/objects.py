"""Kubernetes objects as plain values, and what they are called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from kkinfra.errors import DeployError
from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.rendering.artifacts import Artifact, ArtifactTree

JSON: TypeAlias = dict[str, Any]

KUSTOMIZATION = "kustomization.yaml"
CONTAINERS = ("initContainers", "containers")
_ARGOCD = "argocd/"
_WITHOUT_GROUP = frozenset({"", "apps", "batch"})


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """Which object: `group` is empty for the core group, `namespace` where the kind has none.

    The version says how an object is written, not which one it is, and takes no part in comparing:
    https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris.
    """

    group: str
    version: str = field(compare=False)
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """`deployment/webapp`; with the group where it is none of core, apps and batch."""
        kind = self.kind.lower()
        return f"{kind if self.group in _WITHOUT_GROUP else f'{kind}.{self.group}'}/{self.name}"

    @property
    def api_version(self) -> str:
        """As `apiVersion` has it: `apps/v1`, or `v1` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version


def reference(obj: JSON) -> Reference:
    """Which object a manifest is of, or a live object is."""
    group, _, version = str(obj.get("apiVersion", "")).rpartition("/")
    metadata = part(obj, "metadata")
    return Reference(
        group, version, str(obj.get("kind", "")), str(metadata.get("namespace") or ""), str(metadata.get("name", ""))
    )


def part(value: Any, *steps: str) -> JSON:
    """The mapping that the steps lead to; an empty one where there is none."""
    for step in steps:
        value = value.get(step) if is_mapping(value) else None
    return value if is_mapping(value) else {}


def items(value: Any, *steps: str) -> list[JSON]:
    """The mappings in the list that the steps lead to; none where there is no list."""
    found = part(value, *steps[:-1]).get(steps[-1]) if steps else value
    return [each for each in found if is_mapping(each)] if is_list(found) else []


def annotations_of(obj: JSON) -> JSON:
    """The annotations of an object."""
    return part(obj, "metadata", "annotations")


def labels(obj: JSON) -> JSON:
    """The labels of an object."""
    return part(obj, "metadata", "labels")


def condition(obj: JSON, kind: str) -> JSON:
    """The condition of a type that an object's status has, whatever its value; an empty one where it has none."""
    found = [each for each in items(obj, "status", "conditions") if each.get("type") == kind]
    return found[0] if found else {}


def holds(obj: JSON, kind: str) -> bool:
    """Whether the condition of a type is true."""
    return condition(obj, kind).get("status") == "True"


def selects(workload: JSON, pod: JSON) -> bool:
    """Whether a pod is one of a workload's, by its labels."""
    wanted = part(workload, "spec", "selector", "matchLabels")
    return bool(wanted) and wanted.items() <= labels(pod).items()


def containers(pod: JSON) -> list[JSON]:
    """The containers of a pod's specification, those that run before the others first."""
    return [each for name in CONTAINERS for each in items(pod, name)]


def applied_by(manager: str, obj: JSON | None) -> list[JSON]:
    """The sets of fields (fieldsV1) of an object that a field manager has applied.

    https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
    """
    entries = items(obj, "metadata", "managedFields")
    told = (each for each in entries if (each.get("manager"), each.get("operation")) == (manager, "Apply"))
    return [part(each, "fieldsV1") for each in told]


def number(obj: JSON, *steps: str, default: int = 0) -> int:
    """The whole number that the steps lead to; `default` where there is none."""
    found = part(obj, *steps[:-1]).get(steps[-1])
    return found if isinstance(found, int) else default


def images_of(made: Iterable[JSON]) -> list[str]:
    """The images that containers of objects run, each once, whatever kind of objects they are."""
    return list(dict.fromkeys(_images(list(made))))


def _images(value: Any) -> Iterator[str]:
    if is_list(value):
        for each in value:
            yield from _images(each)
    elif is_mapping(value):
        yield from (str(each["image"]) for each in containers(value) if "image" in each)
        for name, each in value.items():
            if name not in CONTAINERS:
                yield from _images(each)


def objects(tree: ArtifactTree) -> tuple[JSON, ...]:
    """Every object of a rendered tree, in the order of its kustomization.yaml; Argo CD's own are left out.

    Raises DeployError where the tree has no kustomization.yaml, or that names what is not there, or a document is
    no object.
    """
    if KUSTOMIZATION not in tree:
        raise DeployError(f"the rendered tree has no {KUSTOMIZATION}; is this an environment on Kubernetes?")
    found: list[JSON] = []
    for path in _resources(tree):
        if path not in tree:
            raise DeployError(f"{KUSTOMIZATION} names {path}, which is not in the rendered tree; render again")
        found += _read(tree[path])
    return tuple(found)


def argocd_objects(tree: ArtifactTree) -> list[JSON]:
    """The objects that Argo CD's own namespace gets once; raises DeployError where a document is no object."""
    paths = [path for path in sorted(tree.paths()) if path.startswith(_ARGOCD)]
    return [each for path in paths for each in _read(tree[path])]


def _resources(tree: ArtifactTree) -> Iterator[str]:
    for document in tree[KUSTOMIZATION].documents():
        named = document.get("resources") if is_mapping(document) else None
        paths = [str(each).removeprefix("./") for each in named] if is_list(named) else []
        yield from (path for path in paths if not path.startswith(_ARGOCD))


def _read(artifact: Artifact) -> Iterator[JSON]:
    for document in artifact.documents():
        if document is None or part(document).get("kind") == "Kustomization":
            continue
        if not is_mapping(document) or not (reference(document).kind and reference(document).name):
            raise DeployError(
                f"{artifact.path} holds a document that is no Kubernetes object: no kind or no metadata.name"
            )
        yield document
