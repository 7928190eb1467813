"""Where another repository gets kkinfra from, as a requirement (PEP 508) that works without an index having it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from kkinfra.errors import KkinfraError, ProcessError
from kkinfra.system.command import Command
from kkinfra.system.process import run

_WANTED = "kkinfra[docker,nox]"
_SOURCE_LABELS = {"source", "repository", "sourcecode", "github"}
"""Labels of project URLs that lead to the source, normalized (https://packaging.python.org/en/latest/specifications/well-known-project-urls/)."""

_ASK_SECONDS = 10
_GIT_EXAMPLE = "git+https://HOST/OWNER/kkinfra.git@COMMIT"


class Origin(NamedTuple):
    """A requirement for a noxfile, and what a reader must know about it; `note` may be empty."""

    requirement: str
    note: str = ""


def given_origin(source: str) -> Origin:
    """Return the origin that a user names: a wheel, a directory or a URL; raises KkinfraError for anything else."""
    if source.startswith("git+"):
        if not urlsplit(source).path.rpartition("@")[0]:
            raise KkinfraError(f"--from {source} names no commit; pin one at its end, as in {_GIT_EXAMPLE}")
        return Origin(f"{_WANTED} @ {source}")
    if source.startswith("https://"):
        return Origin(f"{_WANTED} @ {source}")
    path = Path(source).expanduser()
    if (path.is_file() and path.suffix == ".whl") or (path / "pyproject.toml").is_file():
        return _at_path(path.resolve())
    known = f"a wheel's path, a directory with kkinfra's source, or a Git URL ({_GIT_EXAMPLE})"
    raise KkinfraError(f"--from {source} is no place to install kkinfra from; write {known}")


def own_origin() -> Origin:
    """Return where another repository gets the kkinfra that runs.

    That is the commit that it was installed from; else the commit of its release at the project's own URL, where that
    is set and answers; else the file or directory that it was installed from; else the index that had it.
    """
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution("kkinfra")
    except PackageNotFoundError:
        return _at_path(Path(__file__).parents[2])
    place: dict[str, Any] = json.loads(found.read_text("direct_url.json") or "{}")
    url = str(place.get("url", ""))
    if "vcs_info" in place:
        return Origin(f"{_WANTED} @ git+{url}@{place['vcs_info']['commit_id']}")
    released = _released(found.metadata.get_all("Project-URL") or [], found.version)
    if released:
        return Origin(f"{_WANTED} @ {released}")
    if url.startswith("file:"):
        return _at_path(Path(url2pathname(urlsplit(url).path)))
    if url:
        return Origin(f"{_WANTED} @ {url}")
    return Origin(
        f"{_WANTED}=={found.version}", "the package index that this kkinfra came from must have it there, too"
    )


def _at_path(path: Path) -> Origin:
    if not path.exists():
        raise KkinfraError(
            f"kkinfra was installed from {path}, which is gone; name another place with --from: a wheel's path, or a "
            f"Git URL ({_GIT_EXAMPLE})"
        )
    share = f"which this machine alone has; to share it, write a Git URL there, as in {_GIT_EXAMPLE}"
    return Origin(f"{_WANTED} @ {path.as_uri()}", share)


def _released(urls: list[str], version: str) -> str:
    """Return the Git URL of a version's commit; empty where no URL leads to the source, or it has no such tag."""
    for label, _, url in (each.partition(",") for each in urls):
        if re.sub(r"[\W_]", "", label).lower() in _SOURCE_LABELS and (commit := _tagged(url.strip(), version)):
            return f"git+{url.strip()}@{commit}"
    return ""


def _tagged(url: str, version: str) -> str:
    """Return the commit of a version's tag in a repository; empty where it has none, or does not answer."""
    tags = (f"refs/tags/v{version}", f"refs/tags/{version}")
    peeled = (f"{tag}^{{}}" for tag in tags)
    argv = ("env", "GIT_TERMINAL_PROMPT=0", "git", "ls-remote", url, *tags, *peeled)
    try:
        done = run(Command(argv), seconds=_ASK_SECONDS)
    except ProcessError:
        return ""
    lines = done.output.splitlines() if done.code == 0 else []
    return max(lines, key=lambda line: line.endswith("^{}")).split("\t")[0] if lines else ""
