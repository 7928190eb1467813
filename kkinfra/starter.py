"""The verb `init`: a commented spec, its schema and a noxfile for a new repository."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from kkinfra.errors import OutputError
from kkinfra.json_schema import spec_schema

_FILES = {"spec/environments.yaml": "environments.yaml", "noxfile.py": "noxfile.py"}
_SCHEMA = "spec/environments.schema.json"


def write_starter(directory: str) -> list[Path]:
    """Write the files that a repository begins with; raises OutputError where one of them is there."""
    source = files("kkinfra") / "starter_files"
    contents = {path: (source / name).read_text("utf-8") for path, name in _FILES.items()}
    contents[_SCHEMA] = json.dumps(spec_schema(), indent=2, ensure_ascii=False) + "\n"
    top = Path(directory)
    there = [path for path in contents if (top / path).exists()]
    if there:
        raise OutputError(f"{', '.join(str(top / path) for path in there)} is there already; nothing was written")
    try:
        for path, content in contents.items():
            (top / path).parent.mkdir(parents=True, exist_ok=True)
            (top / path).write_text(content, "utf-8")
    except OSError as error:
        raise OutputError(f"{error.filename} cannot be written: {error.strerror}") from error
    return [top / path for path in contents]
