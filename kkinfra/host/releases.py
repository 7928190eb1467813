"""Releases on the host: put there whole or not at all, read again, and pruned."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from kkinfra.host import files
from kkinfra.host.errors import HostError
from kkinfra.host.manifest import FILE, Manifest, from_json
from kkinfra.host.masking import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from kkinfra.host.layout import Layout

SECRETS = "secrets"
_TREE, _SECRET = "tree/", "secret/"
_PARTIAL = ".partial"


def stage(layout: Layout, written: Any, sent: Mapping[str, bytes]) -> Manifest:
    """Put a release on the disk, checked against its digests and flushed, by one rename; raises HostError."""
    manifest = read_manifest(written)
    partial = layout.releases / f".{manifest.id}{_PARTIAL}"
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write_tree(partial, manifest, sent)
        _write_secrets(partial / SECRETS, manifest, sent)
        files.write_json(partial / FILE, written)
        partial.rename(layout.release(manifest.id))
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise HostError(
            f"the release cannot be written to {layout.releases}: {error.strerror}; {files.remedy(error)}"
        ) from error
    except HostError:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    files.flush_directory(layout.releases)
    return manifest


def read_manifest(value: Any) -> Manifest:
    """A manifest from JSON; raises HostError where it is none."""
    try:
        return from_json(value)
    except ValueError as error:
        raise HostError(str(error)) from error


def load(layout: Layout, name: str) -> Manifest:
    """The manifest of a release that is on the host; raises HostError."""
    written = files.read_json(layout.release(name) / FILE)
    if written is None:
        raise HostError(f"there is no release {name} on the host; `kkinfra history ENV` names those that are")
    return read_manifest(written)


def current(layout: Layout) -> Manifest | None:
    """The release that serves, or None where none ever did."""
    if not layout.current.is_symlink():
        return None
    return load(layout, layout.current.resolve().name)


def names(layout: Layout) -> list[str]:
    """The releases that are on the host, oldest first: a name begins with the time it was made at."""
    return sorted(path.name for path in layout.releases.glob("[0-9]*") if (path / FILE).is_file())


def damaged(layout: Layout, manifest: Manifest) -> list[str]:
    """The files of a release that are not as they were written."""
    directory = layout.release(manifest.id)
    return sorted(path for path, digest in manifest.files.items() if files.digest(directory / path) != digest)


def secret(layout: Layout, release: str, name: str) -> bytes:
    """A secret as a release has it; empty where it has none."""
    return read_secret(layout.release(release) / SECRETS / name)


def read_secret(path: Path) -> bytes:
    """What is in a secret's file; empty where there is none."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def secret_values(layout: Layout) -> list[str]:
    """What must not be told: the secrets of all releases, longest first."""
    found = {read_secret(path) for path in layout.releases.glob(f"[0-9]*/{SECRETS}/*")}
    return sorted((value.decode(errors="replace") for value in found if value), key=len, reverse=True)


def marks(layout: Layout, release: str, secrets: Iterable[str], key: bytes) -> dict[str, str]:
    """What stands for each secret of a release."""
    return {name: mark(secret(layout, release, name), key) for name in secrets}


def discard(layout: Layout, name: str) -> None:
    """Remove a release that never served."""
    shutil.rmtree(layout.release(name), ignore_errors=True)


def prune(layout: Layout, kept: set[str]) -> list[str]:
    """Remove all other releases, also what is left of some; returns what could not be removed, and why."""
    problems: list[str] = []
    others = (path for path in layout.releases.glob("[0-9]*") if path.name not in kept)
    for path in sorted([*others, *layout.releases.glob(f".*{_PARTIAL}")]):
        try:
            shutil.rmtree(path)
        except OSError as error:
            problems.append(f"{path}: {error.strerror}")
    return problems


def _write_tree(directory: Path, manifest: Manifest, sent: Mapping[str, bytes]) -> None:
    for path, digest in manifest.files.items():
        content = sent.get(f"{_TREE}{path}")
        if content is None:
            raise HostError(f"{path} was not sent, though the release names it")
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write(target, content)
        if files.digest(target) != digest:
            raise HostError(f"{path} did not arrive as it was sent; try again")


def _write_secrets(directory: Path, manifest: Manifest, sent: Mapping[str, bytes]) -> None:
    """Whoever passes through the directory reads nothing: each file is its reader's own."""
    directory.mkdir(mode=0o711)
    for name, about in manifest.secrets.items():
        value = sent.get(f"{_SECRET}{name}")
        if value is None:
            raise HostError(f"the secret {name} was not sent, though the release reads it")
        files.write(directory / name, value, about.mode, about.owner)
    directory.chmod(0o711)  # whatever the umask is
