"""The verb `init`: a commented spec, its schema, a noxfile and a .gitignore for a new repository."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tomllib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kkinfra.errors import OutputError
from kkinfra.rendering.pipeline import render
from kkinfra.spec.json_schema import spec_schema
from kkinfra.spec.loading import resolve_document
from kkinfra.system.extras import program_command
from kkinfra.system.origin import given_origin, own_origin
from kkinfra.values.document import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.cli.call import Call
    from kkinfra.system.origin import Origin

SPEC, NOXFILE = "spec/environments.yaml", "noxfile.py"
_IGNORED = {".gitignore": "gitignore", ".dockerignore": "dockerignore"}
REQUIREMENTS = ".github/requirements.txt"
_SCHEMA = "spec/environments.schema.json"
_EXAMPLE = "shop"
_LONGEST_NAME = 40


class Starter(NamedTuple):
    """What was written: paths, and what the user does next, a line each."""

    written: tuple[Path, ...]
    steps: tuple[str, ...]


def run(options: Call) -> int:
    """Write the files of a new project, and print what is left to do; returns the exit code."""
    origin = own_origin() if options.origin is None else given_origin(options.origin)
    starter = write_starter(options.directory, origin, workflows=options.ci is not None)
    print("\n".join((*(f"wrote {path}" for path in starter.written), *starter.steps)))
    return 0


def write_starter(directory: str, origin: Origin, *, workflows: bool = False) -> Starter:
    """Write the files that a repository begins with; raises OutputError, and writes none, where one of them exists.

    `origin` is where the noxfile gets kkinfra from; `workflows` adds those of GitHub Actions, and what they install.
    Lines are added to a .gitignore and a .dockerignore that exist.
    """
    top = Path(directory)
    if top.is_file():
        raise OutputError(f"{top} is a file; name a directory after `kkinfra init`")
    contents = _contents(_project_name(top), origin)
    if workflows:
        contents |= _with_workflows(contents[SPEC], origin)
    existing = [str(top / path) for path in contents if os.path.lexists(top / path)]
    if existing:
        raise OutputError(
            f"{', '.join(existing)} exist{'' if len(existing) > 1 else 's'} already; nothing was written; "
            f"{_ways_on(existing, top)}"
        )
    added = _added(top)
    begun: list[Path] = []
    try:
        for path, content in contents.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            with (top / path).open("x", encoding="utf-8") as file:
                begun.append(top / path)
                file.write(content)
        for path, content in added.items():
            with (top / path).open("a", encoding="utf-8") as file:
                file.write(content)
    except OSError as error:
        for each in begun:
            each.unlink()
        raise OutputError(
            f"{error.filename or top} cannot be written: {error.strerror}; name another directory after `kkinfra init`"
        ) from error
    return Starter(tuple(top / path for path in (*contents, *added)), tuple(_steps(top, origin)))


def _contents(project: str, origin: Origin) -> dict[str, str]:
    """Return the text of each file by its path."""
    source = files("kkinfra.cli") / "starter_files"
    spec = (source / "environments.yaml").read_text("utf-8")
    noxfile = (source / "noxfile.py").read_text("utf-8")
    return {
        SPEC: re.sub(rf"((?:database|user): )?\b{_EXAMPLE}\b", lambda found: _renamed(found, project), spec),
        _SCHEMA: json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n",
        NOXFILE: noxfile.replace("kkinfra[docker,nox]", origin.requirement),
    }


def _with_workflows(spec: str, origin: Origin) -> dict[str, str]:
    """Return the spec with a CI service that deploys, the workflows it renders, and the file that they install from."""
    spec = spec.replace("user: deploy}", "user: deploy, ci: github-actions}")
    tree = render(resolve_document(parse(spec, SPEC), SPEC).environments["production"])
    rendered = {each.path: each.content for each in tree if each.path.startswith(".github/")}
    return {SPEC: spec, **rendered, REQUIREMENTS: origin.requirement.replace("[docker,nox]", "[docker]") + "\n"}


def _renamed(found: re.Match[str], project: str) -> str:
    """Return the project's name in place of the example's; names in SQL have no dashes."""
    return f"{found[1]}{project.replace('-', '_')}" if found[1] else project


def _project_name(top: Path) -> str:
    """Return the name in pyproject.toml, else the directory's, with the characters that a project's name may have."""
    named: object = ""
    with suppress(OSError, ValueError, KeyError, TypeError):
        named = tomllib.loads((top / "pyproject.toml").read_text("utf-8"))["project"]["name"]
    name = named if isinstance(named, str) and named else top.resolve().name
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).lstrip("-0123456789")[:_LONGEST_NAME].rstrip("-")
    return plain or _EXAMPLE


def _added(top: Path) -> dict[str, str]:
    """Return what the files miss that name what Git and Docker leave out: what kkinfra and Nox write."""
    return {path: added for path, name in _IGNORED.items() if (added := _missing_lines(top / path, name))}


def _missing_lines(path: Path, name: str) -> str:
    """Return the lines of a starter file that a file has not, ready to be added to it; raises OutputError."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path} cannot be read as text: {error}; nothing was written") from error
    known = {line.strip().strip("/") for line in text.splitlines()}
    wanted = (files("kkinfra.cli") / "starter_files" / name).read_text("utf-8").splitlines()
    missing = "".join(f"{line}\n" for line in wanted if line.strip("/") not in known)
    return f"\n{missing}" if missing and text and not text.endswith("\n") else missing


def _ways_on(existing: list[str], top: Path) -> str:
    if existing == [str(top / NOXFILE)]:
        return "rename it, call `kkinfra init` again, and copy the lines of the new file into yours"
    return f"move {'them' if len(existing) > 1 else 'it'} away, or name another directory"


def _steps(top: Path, origin: Origin) -> Iterator[str]:
    """Yield what the user does next, in its order."""
    here = top.resolve()
    yield f"{NOXFILE} installs {origin.requirement}" + (f", {origin.note}" if origin.note else "")
    go = "" if here == Path.cwd() else f"`cd {shlex.quote(str(top))}`, "
    yield f"next: {go}write your names and addresses into {SPEC}, then `kkinfra validate`, `nox -s render-production`"
    if not shutil.which("nox"):
        yield f"      {program_command('nox')} installs Nox, which is not on PATH"
    if not (top / "Dockerfile").is_file():
        yield (
            "      write a Dockerfile, or its directory into the spec (`build: {context: DIRECTORY}`): `kkinfra build` "
            "needs it"
        )
    if not any((each / ".git").exists() for each in (here, *here.parents)):
        yield "      `git init`, and commit: `kkinfra build` names images after a commit"
