"""`ENV.sealed.yaml` beside the specification: what was sealed for an environment, names and ciphertexts.

A ciphertext is what `kubeseal --raw` prints, too; it is no secret.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.errors import Issue, Location, OutputError, SpecError
from kkinfra.system import whole_file
from kkinfra.system.project import SEALED
from kkinfra.values.document import parse, read_text
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADER = "# Sealed by `kkinfra secrets seal`, for one cluster and its controller alone. Commit it.\n"


def sealed_path(spec: Path | str, environment: str) -> Path:
    """Where the ciphertexts of an environment are: beside the specification."""
    return Path(spec).parent / f"{environment}{SEALED}"


def read_sealed(spec: Path | str, environment: str) -> dict[str, str]:
    """Ciphertexts by name of the secret; none where nothing was sealed yet. Raises SpecError."""
    path = sealed_path(spec, environment)
    if not path.is_file():
        return {}
    text = read_text(path, str(path))
    found = parse(text, str(path)).value
    if found is None:
        return {}
    if not is_mapping(found) or not all(isinstance(each, str) for each in found.values()):
        problem = "does not map names of secrets to ciphertexts; write it anew: `kkinfra secrets seal`"
        raise SpecError([Issue(Location(str(path)), "", problem)], text)
    return {str(name): str(each) for name, each in found.items()}


def write_sealed(path: Path, sealed: Mapping[str, str]) -> None:
    """Write the file, as a whole or not at all. Raises OutputError."""
    content = _HEADER + "".join(f'{name}: "{sealed[name]}"\n' for name in sorted(sealed))
    try:
        whole_file.write(str(path), content.encode())
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror or error}") from error
