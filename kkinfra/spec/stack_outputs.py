"""`ENV.outputs.yaml` beside the specification: what the CloudFormation stack of an environment told.

`kkinfra provision ENV` writes it, people commit it, and the specification is read together with it, so that rendering
needs no AWS and gives the same bytes everywhere. It holds no secret, only where one is kept.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.errors import Issue, OutputError, SpecError
from kkinfra.system import whole_file
from kkinfra.system.project import OUTPUTS
from kkinfra.values.document import dotted, parse, read_text
from kkinfra.values.plain import is_mapping
from kkinfra.values.suggestions import shown
from kkinfra.values.yaml_text import document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.errors import Location
    from kkinfra.values.document import Document, Steps

_KEYS = ("account", "region", "stack", "outputs")


@dataclass(frozen=True, slots=True)
class StackOutputs:
    """A stack, and its outputs by name: `Address`, `DatabaseEndpoint`, `DatabaseSecretArn` and so on."""

    account: str
    region: str
    stack: str
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OutputsFile:
    """A file of outputs that was read, with the places in it."""

    document: Document
    said: StackOutputs

    def place(self, output: str) -> Location:
        """Where the value of an output is written."""
        return self.document.place(("outputs", output))


def outputs_path(spec: Path | str, environment: str) -> Path:
    """Where the outputs of an environment's stack are kept: beside the specification."""
    return Path(spec).parent / f"{environment}{OUTPUTS}"


def read_outputs(path: Path) -> OutputsFile | None:
    """The outputs in a file, or None where there is no such file; raises SpecError with all that is wrong with it."""
    if not path.exists():
        return None
    found = parse(read_text(path, str(path)), str(path))
    issues = list(_issues(found))
    if issues:
        raise SpecError(sorted(issues), found.text)
    return OutputsFile(found, StackOutputs(**found.value))


def is_written(path: Path, environment: str, said: StackOutputs) -> bool:
    """Whether a file of outputs says this already; raises OutputError."""
    try:
        return path.exists() and path.read_text("utf-8") == _content(environment, said)
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror or error}") from error


def write_outputs(path: Path, environment: str, said: StackOutputs) -> bool:
    """Write a file of outputs, whole or not at all; returns whether it changed. Raises OutputError.

    Outputs are sorted by name, and the same ones give the same bytes.
    """
    if is_written(path, environment, said):
        return False
    try:
        whole_file.write(
            str(path), _content(environment, said).encode(), synced=True
        )  # a crash loses nothing (terraform#13851)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
    return True


def _content(environment: str, said: StackOutputs) -> str:
    value = {**asdict(said), "outputs": dict(sorted(said.outputs.items()))}
    header = f"Written by `kkinfra provision {environment}`: what its stack at AWS told. Commit it; it holds no secret."
    return f"# {header}\n{document(value)}"


def _issues(found: Document) -> list[Issue]:
    remedy = "restore it from Git, or remove it and run `kkinfra provision`"
    if not is_mapping(found.value):
        return [Issue(found.place(()), "", f"is no file of outputs; {remedy}")]
    value: dict[str, Any] = found.value
    wrong: dict[Steps, str] = {(key,): "is not a key here" for key in value if key not in _KEYS}
    wrong |= {(key,): "is missing" for key in _KEYS if value.get(key) is None}
    outputs = value.get("outputs")
    if outputs is not None and not is_mapping(outputs):
        wrong["outputs",] = f"{shown(outputs)} is no mapping"
    texts: dict[Steps, Any] = {(key,): value[key] for key in _KEYS if key != "outputs" and value.get(key) is not None}
    texts |= {("outputs", name): each for name, each in outputs.items()} if is_mapping(outputs) else {}
    wrong |= {path: f"{shown(each)} is no text" for path, each in texts.items() if not isinstance(each, str)}
    return [Issue(found.place(path), dotted(path), f"{problem}; {remedy}") for path, problem in wrong.items()]
