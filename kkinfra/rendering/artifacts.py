"""What renderers give back: files, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from kkinfra.errors import RendererError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

PLAIN = 0o644


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: `path` is relative with forward slashes, `mode` its permission bits.

    `comment` is what starts a comment in its language; the generated header is written with it.
    It is empty where the language has no comments. `document` is what YAML was written from, for whoever wants to
    know what it says; the content alone is what counts.

    >>> kkinfra.Artifact("bin/start.sh", "exec serve", mode=0o755).path
    'bin/start.sh'
    """

    path: str
    content: str
    mode: int = PLAIN
    comment: str = "#"
    document: Any = field(default=None, compare=False, repr=False)

    def documents(self) -> Iterator[Any]:
        """What its YAML says, as plain values; where its renderer tells that, nothing is parsed, which takes longer."""
        if self.document is not None:
            import json

            yield json.loads(json.dumps(self.document))
            return
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        yield from yaml.load_all(self.content, Loader=loader)


class ArtifactTree:
    """Artifacts by path, sorted; two for one path, or a path that leaves the tree, are refused.

    >>> tree = production.render()
    >>> sorted(tree.paths())
    ['nomad/job.txt']
    >>> "datacenter = dc1" in tree["nomad/job.txt"].content
    True
    """

    def __init__(self, artifacts: Iterable[Artifact] = ()) -> None:
        """Raises RendererError."""
        found: dict[str, Artifact] = {}
        for artifact in artifacts:
            if not _is_inside(artifact.path):
                raise RendererError(f"{artifact.path!r} is not a path inside the rendered tree")
            if artifact.path in found:
                raise RendererError(f"two artifacts are called {artifact.path}")
            found[artifact.path] = artifact
        self._artifacts = dict(sorted(found.items()))
        for path in self._artifacts:
            parent = path.rpartition("/")[0]
            while parent:
                if parent in self._artifacts:
                    raise RendererError(f"{parent} is both a file and the directory of {path}")
                parent = parent.rpartition("/")[0]

    def __repr__(self) -> str:
        """On a line."""
        return f"<ArtifactTree of {len(self.paths())} files>"

    def __iter__(self) -> Iterator[Artifact]:
        return iter(self._artifacts.values())

    def __len__(self) -> int:
        return len(self._artifacts)

    def __contains__(self, path: object) -> bool:
        return path in self._artifacts

    def __getitem__(self, path: str) -> Artifact:
        return self._artifacts[path]

    def paths(self) -> tuple[str, ...]:
        """All paths, sorted."""
        return tuple(self._artifacts)

    def digest(self) -> str:
        """SHA-256 of all files with their paths and modes, in hexadecimal."""
        import hashlib

        found = hashlib.sha256()
        for each in self:
            content = each.content.encode(errors="surrogateescape")
            found.update(f"{each.path}\0{each.mode}\0{len(content)}\0".encode())
            found.update(content)
        return found.hexdigest()


def _is_inside(path: str) -> bool:
    steps = path.split("/")
    return path.isprintable() and "\\" not in path and all(step not in ("", ".", "..") for step in steps)
